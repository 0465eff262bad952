#!lua flags=allow-oom
-- Removes a route that its session does not hold.
-- KEYS  1 session  2 routes  3 routes log
-- ARGV  1 client id  2 filter
-- reply 1 removed · 0 there is nothing to remove
if redis.call('HEXISTS', KEYS[1], 'sub:' .. ARGV[2]) == 1 then return 0 end
if redis.call('HDEL', KEYS[2], ARGV[1] .. '\n' .. ARGV[2]) == 0 then return 0 end
log_route(KEYS[2], KEYS[3], '-', ARGV[1], ARGV[2])
return 1
