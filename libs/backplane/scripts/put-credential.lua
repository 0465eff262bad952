#!lua
-- Gives a device a credential, or another one instead, and says so in the log of changes: nobody has the one without the
-- other. A partition may have only so many; one that is there already is replaced however many there are.
-- KEYS  1 credentials  2 log of changes
-- ARGV  1 device  2 credential as JSON  3 the most credentials  4 entries the log keeps, about
-- reply 1 put · 0 there are as many as may be
local is_new = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0
if is_new and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
-- First: what fails here has changed nothing.
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'device', ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
