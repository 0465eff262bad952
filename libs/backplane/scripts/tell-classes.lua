#!lua
-- Tells that connected devices of one partition are of another service class: in the record, as an event, and in the
-- timeline. Whoever does not speak for its device any more tells nothing.
-- KEYS  1 online  2 events  then for each device: record, history
-- ARGV  1 node  2 Unix ms  3 events MAXLEN  4 lines of a timeline, then for each device:
--       client id, nonce, class, class before, cause
-- reply how many were told
local told = 0
for i = 3, #KEYS, 2 do
  local at = 4 + (i - 3) / 2 * 5
  local id = ARGV[at + 1]
  local owner = redis.call('HGET', KEYS[1], id)
  local epoch, nonce
  if owner then epoch, nonce = parse_owner(owner) end
  if nonce == ARGV[at + 2] then
    local facts = { 'ts', ARGV[2], 'epoch', epoch, 'node', ARGV[1], 'class', ARGV[at + 3],
      'previousClass', ARGV[at + 4], 'cause', ARGV[at + 5] }
    redis.call('HSET', KEYS[i], 'class', ARGV[at + 3])
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'type', 'class', 'device', id, unpack(facts))
    add_line(KEYS[i + 1], ARGV[4], 'kind', 'class', unpack(facts))
    told = told + 1
  end
end
return told
