#!lua flags=allow-oom
-- Raises a node's beat. A node that was declared dead, or that Redis does not know, is refused.
-- KEYS  1 record
-- ARGV  1 Unix ms  2 state
-- reply 1 alive · 0 declared dead · -1 unknown
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if redis.call('HEXISTS', KEYS[1], 'tombstone') == 1 then return 0 end
redis.call('HINCRBY', KEYS[1], 'beat', 1)
redis.call('HSET', KEYS[1], 'beatAt', ARGV[1], 'state', ARGV[2])
return 1
