#!lua
-- Puts a ban into the hash of bans, which may have only so many, unless one of the same target lasts as long already: what an
-- operator said is not cut short.
-- KEYS  1 hash of bans
-- ARGV  1 target  2 ban as JSON  3 the most bans  4 its end, Unix ms
-- reply 1 put · 0 the hash is full · 2 there is one that lasts as long
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then
  local is_json, ban = pcall(cjson.decode, before)
  local until_ms = is_json and type(ban) == 'table' and tonumber(ban['until'])
  if until_ms and until_ms >= tonumber(ARGV[4]) then return 2 end
elseif redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
