#!lua flags=allow-oom
-- Removes the retained message of a topic.
-- KEYS  1 retained  2 retained log  3 timers
-- ARGV  1 topic  2 only when its time has come (1|0)
-- reply { 1 removed | 0 there is nothing to remove, version of the retained messages }
local timer = 'retained:' .. ARGV[1]
local function version()
  return tonumber(redis.call('HGET', KEYS[1], '') or '0')
end
if ARGV[2] == '1' then
  local due = redis.call('ZSCORE', KEYS[3], timer)
  if not due or tonumber(due) > redis_now() then return { 0, version() } end
end
redis.call('ZREM', KEYS[3], timer)
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return { 0, version() } end
local next = redis.call('HINCRBY', KEYS[1], '', 1)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', LOG_LENGTH, '*', 'v', next, 'op', '-', 'topic', ARGV[1])
return { 1, next }
