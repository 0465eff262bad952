#!lua
-- Stores one QoS 2 PUBLISH and its receive record together (MQTT 5 section 4.3.3, method of storing the packet id).
-- KEYS  1 online  2 session  3 uplink stream
-- ARGV  1 client id  2 epoch  3 packet id  4 sequence number  5 has yet to be routed (1|0)  6 stream MAXLEN
--       7… the entry's fields
-- reply 1 stored · 2 was stored before under this packet id · 0 somebody else speaks for the device · -1 nobody does: Redis lost the claim
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if not owner then return -1 end
if string.match(owner, '^%d+') ~= ARGV[2] then return 0 end
local record = 'rx:' .. ARGV[3]
if redis.call('HEXISTS', KEYS[2], record) == 1 then return 2 end
local id = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', unpack(ARGV, 7))
redis.call('HSET', KEYS[2], record, ARGV[2] .. '/' .. ARGV[4] .. '/' .. id .. (ARGV[5] == '1' and '/u' or ''))
return 1
