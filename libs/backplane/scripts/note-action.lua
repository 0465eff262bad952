#!lua
-- Writes what an operator did to a device into its timeline, where the device has a record; both expire together.
-- KEYS  1 device record  2 timeline
-- ARGV  1 lines of the timeline  then fields and values of this one
-- reply 1 written · 0 nobody knows this device
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
add_line(KEYS[2], ARGV[1], unpack(ARGV, 2))
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) else redis.call('PERSIST', KEYS[2]) end
return 1
