#!lua flags=allow-oom
-- Adds what a superseded connection had sent and its record does not have yet; the newer claim has closed that epoch.
-- KEYS  1 device
-- ARGV  1 messages  2 bytes
-- reply 1 added · 0 the record is gone
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'messages', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[2])
return 1
