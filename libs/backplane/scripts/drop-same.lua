#!lua flags=allow-oom
-- Removes fields of a hash, each only while it has the value it was read with: what was written anew meanwhile stays.
-- KEYS  1 hash
-- ARGV  for each field: its name, its value
-- reply how many were removed
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    removed = removed + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return removed
