#!lua flags=allow-oom
-- Marks a QoS 2 message from the device as routed: its receive record loses `/u`.
-- KEYS  1 online  2 session
-- ARGV  1 client id  2 epoch that speaks for the device  3 packet id  4 `EPOCH/SEQ/` the record must begin with, or ''
-- reply 1 marked · 0 not
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if not owner or parse_owner(owner) ~= ARGV[2] then return 0 end
local field = 'rx:' .. ARGV[3]
local record = redis.call('HGET', KEYS[2], field)
if not record or string.sub(record, -2) ~= '/u' then return 0 end
if string.sub(record, 1, #ARGV[4]) ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[2], field, string.sub(record, 1, -3))
return 1
