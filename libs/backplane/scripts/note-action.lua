#!lua
-- Writes what an operator did to a device into its history, where the device has a record; both expire together.
-- KEYS  1 device record  2 history
-- ARGV  1 history MAXLEN  then fields and values of the entry
-- reply 1 written · 0 nobody knows this device
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 2))
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) else redis.call('PERSIST', KEYS[2]) end
return 1
