#!lua
-- Adds and removes subscriptions of a session; of a lasting one also its routes, each change an entry of their log.
-- KEYS  1 online  2 session  3 routes  4 routes log
-- ARGV  1 client id  2 epoch  3 the session lasts (1|0)  4 how many to add, then for each filter and options JSON; the
--       rest are filters to remove
-- reply { 1 done | 0 somebody else speaks for the device | -1 nobody does: Redis lost the claim, version of the routes }
local id, lasts = ARGV[1], ARGV[3] == '1'
local owner = redis.call('HGET', KEYS[1], id)
if not owner then return { -1, 0 } end
if parse_owner(owner) ~= ARGV[2] then return { 0, 0 } end

local at = 5
for _ = 1, tonumber(ARGV[4]) do
  local filter, options = ARGV[at], ARGV[at + 1]
  redis.call('HSET', KEYS[2], 'sub:' .. filter, options)
  local route = id .. '\n' .. filter
  if lasts and redis.call('HGET', KEYS[3], route) ~= options then
    redis.call('HSET', KEYS[3], route, options)
    log_route(KEYS[3], KEYS[4], '+', id, filter, options)
  end
  at = at + 2
end
for i = at, #ARGV do
  redis.call('HDEL', KEYS[2], 'sub:' .. ARGV[i])
  if lasts and redis.call('HDEL', KEYS[3], id .. '\n' .. ARGV[i]) == 1 then
    log_route(KEYS[3], KEYS[4], '-', id, ARGV[i])
  end
end
return { 1, tonumber(redis.call('HGET', KEYS[3], '') or '0') }
