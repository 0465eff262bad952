#!lua flags=allow-oom
-- Deletes a session whose time has come, unless its device is back or the time was moved.
-- KEYS  1 online  2 session  3 queue  4 timers
-- ARGV  1 client id
-- reply 1 deleted · 0 not
local timer = 'expire:' .. ARGV[1]
local due = redis.call('ZSCORE', KEYS[4], timer)
if not due or tonumber(due) > redis_now() then return 0 end
redis.call('ZREM', KEYS[4], timer)
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
redis.call('UNLINK', KEYS[2], KEYS[3])
return 1
