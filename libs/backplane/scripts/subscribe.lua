#!lua
-- Adds and removes subscriptions of a session.
-- KEYS  1 online  2 session
-- ARGV  1 client id  2 epoch  3 how many to add, then for each filter and options JSON; the rest are filters to remove
-- reply 1 done · 0 somebody else speaks for the device · -1 nobody does: Redis lost the claim
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if not owner then return -1 end
if string.match(owner, '^%d+') ~= ARGV[2] then return 0 end
local at = 4
for _ = 1, tonumber(ARGV[3]) do
  redis.call('HSET', KEYS[2], 'sub:' .. ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = at, #ARGV do redis.call('HDEL', KEYS[2], 'sub:' .. ARGV[i]) end
return 1
