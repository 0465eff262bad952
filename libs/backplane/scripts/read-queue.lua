#!lua flags=no-writes
-- Reads a session's queue in order.
-- KEYS  1 queue
-- ARGV  1 n to read behind  2 most entries  3 bytes of entries after which to stop
-- reply { { entry id, { field, value, … } }, … }, at least one where there is one
local CHUNK = 16
local found, bytes = {}, 0
local after, left, most_bytes = ARGV[1] .. '-0', tonumber(ARGV[2]), tonumber(ARGV[3])
while left > 0 do
  local wanted = math.min(left, CHUNK)
  local entries = redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', wanted)
  for _, entry in ipairs(entries) do
    for i = 1, #entry[2], 2 do
      if entry[2][i] == 'bytes' then bytes = bytes + tonumber(entry[2][i + 1]) end
    end
    if bytes > most_bytes and #found > 0 then return found end
    found[#found + 1] = entry
    after = entry[1]
  end
  if #entries < wanted then return found end
  left = left - wanted
end
return found
