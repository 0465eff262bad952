#!lua flags=no-writes
-- What there is to know of a stream and its consumer groups without its entries, which may be large.
-- KEYS  1 stream
-- ARGV  1 how many groups to tell of at the most
-- reply {} no such stream
--       { length, last id, id of the oldest entry, entries ever added, bytes or -1,
--         { name, lag or -1, pending, id of the oldest pending or '', consumers, ms since the last of them did something
--           or -1, last delivered id }, … }
local function as_map(flat)
  local map = {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end

local function least_idle(group)
  local least = -1
  for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group)) do
    local idle = as_map(flat)['idle']
    if least < 0 or idle < least then least = idle end
  end
  return least
end

if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local info = as_map(redis.call('XINFO', 'STREAM', KEYS[1]))
-- A user who may not ask for it simply does not see it.
local bytes = redis.pcall('MEMORY', 'USAGE', KEYS[1])
local reply = { info['length'], info['last-generated-id'], info['recorded-first-entry-id'], info['entries-added'],
  type(bytes) == 'number' and bytes or -1 }
for i, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if i > tonumber(ARGV[1]) then break end
  local group = as_map(flat)
  local oldest = ''
  if group['pending'] > 0 then oldest = redis.call('XPENDING', KEYS[1], group['name'])[2] or '' end
  reply[#reply + 1] = { group['name'], group['lag'] or -1, group['pending'], oldest, group['consumers'],
    least_idle(group['name']), group['last-delivered-id'] }
end
return reply
