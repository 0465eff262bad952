#!lua
-- Brings device records of one partition up to date, and finds connections that no longer speak for their device.
-- KEYS  1 online  then each device record
-- ARGV  1 node  then for each device: client id, nonce, last seen in Unix ms, messages and bytes of the epoch
-- reply { client ids that somebody else speaks for, client ids that nobody does: Redis lost the claim }
local superseded, lost = {}, {}
for i = 2, #KEYS do
  local at = 2 + (i - 2) * 5
  local id = ARGV[at]
  local owner = redis.call('HGET', KEYS[1], id)
  local nonce
  if owner then
    local _, held = parse_owner(owner)
    nonce = held
  end
  if nonce == ARGV[at + 1] then
    redis.call('HSET', KEYS[i], 'lastSeen', ARGV[at + 2], 'epochMessages', ARGV[at + 3], 'epochBytes', ARGV[at + 4])
  elseif owner then
    superseded[#superseded + 1] = id
  else
    lost[#lost + 1] = id
  end
end
return { superseded, lost }
