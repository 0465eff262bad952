#!lua flags=allow-oom
-- Fires a will whose delay has passed, unless its device is back or the time was moved.
-- KEYS  1 online  2 events  3 session  4 queue  5 device  6 timers  7 uplink stream  8 routed  9 routes  10 routes log
--       11 history
-- ARGV  1 client id  2 uplink MAXLEN  3 events MAXLEN
-- reply the entry of the will fired now or ''
local id = ARGV[1]
local due = redis.call('ZSCORE', k.timers, 'will:' .. id)
if not due or tonumber(due) > redis_now() then return '' end
redis.call('ZREM', k.timers, 'will:' .. id)
-- The will there is by now is that of the connection that lives.
if redis.call('HEXISTS', k.online, id) == 1 then return '' end
return fire_will(id, redis.call('HGET', k.device, 'node'), ARGV[2], ARGV[3])
