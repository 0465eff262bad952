-- Shared by the scripts that follow it in one source.

-- An owner in `online` is written `EPOCH NONCE NODE`.
local function parse_owner(owner)
  return string.match(owner, '^(%d+) (%S+) (%S+)$')
end

-- Milliseconds since the Unix epoch by Redis's clock, the one clock all timers run by.
local function redis_now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A whole number as text; Lua's own way writes 1.7e+12.
local function whole(number)
  return string.format('%.0f', number)
end

-- Times in seconds that lie within the hour before `now` in ms, out of a list of them as text.
local function within_hour(times, now)
  local recent = {}
  for time in string.gmatch(times or '', '%d+') do
    if tonumber(time) > now / 1000 - 3600 then recent[#recent + 1] = time end
  end
  return recent
end

-- Notes in field `name` of a record that something happened `now`; the last 64 times of the hour are kept.
local function note_time(record, name, now)
  local times = within_hour(redis.call('HGET', record, name), now)
  times[#times + 1] = whole(math.floor(now / 1000))
  redis.call('HSET', record, name, table.concat(times, ' ', math.max(1, #times - 63)))
end

local NEVER = 4294967295

-- About how many changes a log keeps; a reader that fell behind further loads the hash anew.
local LOG_LENGTH = 10000

-- Writes one change of the routes into their log, under the next version; `…` is filter and options where there are any.
local function log_route(routes, routes_log, op, id, filter, options)
  local version = redis.call('HINCRBY', routes, '', 1)
  local entry = { 'v', version, 'op', op, 'device', id }
  if filter then
    entry[7], entry[8] = 'filter', filter
    if options then entry[9], entry[10] = 'opts', options end
  end
  redis.call('XADD', routes_log, 'MAXLEN', '~', LOG_LENGTH, '*', unpack(entry))
  return version
end

-- An id above that of the newest line, in the form of a stream's: `MS-N`.
local function next_line_id(newest)
  local now = redis_now()
  local ms, n = string.match(newest or '', '^%["(%d+)%-(%d+)"')
  if ms and tonumber(ms) >= now then return ms .. '-' .. whole(n + 1) end
  return whole(now) .. '-0'
end

-- Puts a line in front of a device's timeline: JSON of its id, then of fields and values. A list, not a stream: a stream takes 4 KB
-- for its first entry, and most devices have few. One that cannot be written leaves the rest as it is: a script that fails is
-- not taken back.
local function add_line(history, length, ...)
  local newest = redis.pcall('LINDEX', history, 0)
  if type(newest) == 'table' then return end
  local line = { next_line_id(newest) }
  for _, part in ipairs({ ... }) do line[#line + 1] = tostring(part) end
  redis.call('LPUSH', history, cjson.encode(line))
  redis.call('LTRIM', history, 0, length - 1)
end
