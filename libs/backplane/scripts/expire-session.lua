#!lua flags=allow-oom
-- Deletes a session whose time has come, its will fired before, unless its device is back or the time was moved.
-- KEYS  1 online  2 events  3 session  4 queue  5 device  6 timers  7 uplink stream  8 routed  9 routes  10 routes log
--       11 history
-- ARGV  1 client id  2 uplink MAXLEN  3 events MAXLEN
-- reply { 1 deleted | 0 not, the entry of the will fired now or '' }
local id = ARGV[1]
local due = redis.call('ZSCORE', k.timers, 'expire:' .. id)
if not due or tonumber(due) > redis_now() then return { 0, '' } end
redis.call('ZREM', k.timers, 'expire:' .. id)
if redis.call('HEXISTS', k.online, id) == 1 then return { 0, '' } end
local fired = fire_will(id, redis.call('HGET', k.device, 'node'), ARGV[2], ARGV[3])
delete_session(id)
return { 1, fired }
