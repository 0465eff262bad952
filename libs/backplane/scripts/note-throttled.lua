#!lua
-- Tells what a limit did to a device: a line of its timeline where the device has a record, and an event.
-- KEYS  1 device record  2 timeline  3 events
-- ARGV  1 lines of the timeline  2 events MAXLEN  3 client id  then fields and values that line and event share
-- reply 1 written · 0 nobody knows this device
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
add_line(KEYS[2], ARGV[1], 'kind', 'throttled', unpack(ARGV, 4))
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) else redis.call('PERSIST', KEYS[2]) end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[2], '*', 'type', 'throttled', 'device', ARGV[3], unpack(ARGV, 4))
return 1
