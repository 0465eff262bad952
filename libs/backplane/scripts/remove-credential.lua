#!lua flags=allow-oom
-- Takes the credential of a device away and says so in the log of changes: nobody has the one without the other, and a Redis
-- without memory does it too.
-- KEYS  1 credentials  2 log of changes
-- ARGV  1 device  2 entries the log keeps, about
-- reply 1 removed · 0 there was none
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
-- First: what fails here has changed nothing.
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'device', ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
