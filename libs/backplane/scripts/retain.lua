#!lua
-- Sets the retained message of a topic, with its timer where it expires.
-- KEYS  1 retained  2 retained log  3 timers
-- ARGV  1 topic  2 message record  3 Unix ms it expires, or ''
-- reply the version of the retained messages
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[3], 'retained:' .. ARGV[1])
else
  redis.call('ZADD', KEYS[3], ARGV[3], 'retained:' .. ARGV[1])
end
local version = redis.call('HINCRBY', KEYS[1], '', 1)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', LOG_LENGTH, '*', 'v', version, 'op', '+', 'topic', ARGV[1])
return version
