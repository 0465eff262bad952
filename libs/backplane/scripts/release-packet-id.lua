#!lua flags=allow-oom
-- Forgets the receive record of a QoS 2 PUBLISH when its PUBREL came.
-- KEYS  1 online  2 session
-- ARGV  1 client id  2 epoch  3 packet id
-- reply 1 gone (now or before) · 0 somebody else speaks for the device · -1 nobody does: Redis lost the claim
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if not owner then return -1 end
if string.match(owner, '^%d+') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], 'rx:' .. ARGV[3])
return 1
