#!lua flags=allow-oom
-- Takes over the fan-out of a fired will that is due, for a while.
-- KEYS  1 timers  2 uplink stream
-- ARGV  1 entry  2 ms
-- reply the entry's fields · nothing when it is not due, or the stream no longer has it
local timer = 'route:' .. ARGV[1]
local due = redis.call('ZSCORE', KEYS[1], timer)
if not due or tonumber(due) > redis_now() then return false end
local entry = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not entry then
  redis.call('ZREM', KEYS[1], timer)
  return false
end
redis.call('ZADD', KEYS[1], whole(redis_now() + tonumber(ARGV[2])), timer)
return entry[2]
