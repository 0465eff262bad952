#!lua flags=no-writes
-- Timers whose time has come by Redis's clock, the oldest first.
-- KEYS  1 timers
-- ARGV  1 most of them
-- reply { member, … }
return redis.call('ZRANGE', KEYS[1], '-inf', whole(redis_now()), 'BYSCORE', 'LIMIT', 0, ARGV[1])
