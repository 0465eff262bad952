#!lua
-- Puts a field into a hash that may have only so many; one that is there already is replaced however many there are.
-- KEYS  1 hash
-- ARGV  1 field  2 value  3 the most fields
-- reply 1 put · 0 the hash is full
local is_new = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0
if is_new and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
