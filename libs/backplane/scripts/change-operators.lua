#!lua
-- Changes operators and their API tokens, if nobody else did since they were read, and says so in the audit.
-- KEYS  1 operators  2 tokens  3 uses of tokens  4 audit
-- ARGV  1 version that was read  2 entries the audit keeps  3 number of changes
--       4… per change: `operator` or `token`, field, value (empty: remove)
--       then the audit entry: field, value …
-- reply the new version · 0 somebody was faster: nothing was changed
local version = redis.call('HGET', KEYS[1], '') or '0'
if version ~= ARGV[1] then return 0 end

local at = 4
for _ = 1, tonumber(ARGV[3]) do
  local kind, field, value = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local hash = kind == 'token' and KEYS[2] or KEYS[1]
  if value == '' then
    redis.call('HDEL', hash, field)
    if kind == 'token' then redis.call('HDEL', KEYS[3], field) end
  else
    redis.call('HSET', hash, field, value)
  end
  at = at + 3
end

redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[2], '*', unpack(ARGV, at))
return redis.call('HINCRBY', KEYS[1], '', 1)
