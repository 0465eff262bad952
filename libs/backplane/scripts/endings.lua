-- Shared by the scripts that fire wills and end sessions, behind common.lua. They all list the same eleven KEYS first.
local k = {
  online = KEYS[1], events = KEYS[2], session = KEYS[3], queue = KEYS[4], device = KEYS[5], timers = KEYS[6],
  uplink = KEYS[7], routed = KEYS[8], routes = KEYS[9], routes_log = KEYS[10], history = KEYS[11],
}

-- How long whoever fired a will has to route it before a keeper does.
local ROUTING_MS = 5000

-- The will there is: its head and its payload; nothing when there is none, or none that can be read.
local function read_will()
  local record = redis.call('HGET', k.session, 'will')
  if not record then return nil end
  local head_end = string.find(record, '\n', 1, true)
  if not head_end then return nil end
  local is_read, head = pcall(cjson.decode, string.sub(record, 1, head_end - 1))
  if not is_read or type(head) ~= 'table' or type(head.topic) ~= 'string' then return nil end
  return head, string.sub(record, head_end + 1)
end

local function delay_of(will)
  return tonumber(will.delay) or 0
end

-- Takes the will from the session and writes it to `up` and `events`, under the epoch whose connection left it. Its
-- fan-out is due from then on. Answers the entry, or '' when there is no will. At most once: the will is gone with it.
local function fire_will(id, node, uplink_length, events_length)
  local will, payload = read_will()
  redis.call('HDEL', k.session, 'will')
  redis.call('ZREM', k.timers, 'will:' .. id)
  if not will then return '' end
  local epoch = redis.call('HGET', k.session, 'epoch')
  local now = redis_now()
  local qos = will.qos or 0
  local fields = {
    'device', id, 'epoch', epoch, 'seq', 0, 'topic', will.topic, 'qos', qos, 'ts', whole(now), 'payload', payload,
  }
  local function add(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if will.retain then add('retain', 1) end
  add('will', 1)
  if will.ctype then add('ctype', will.ctype) end
  if will.props then add('props', cjson.encode(will.props)) end
  local entry = redis.call('XADD', k.uplink, 'MAXLEN', '~', uplink_length, '*', unpack(fields))
  redis.call('XADD', k.events, 'MAXLEN', '~', events_length, '*', 'type', 'will', 'device', id, 'epoch', epoch,
    'ts', whole(now), 'node', node or '', 'topic', will.topic, 'qos', qos, 'entry', entry)
  redis.call('ZADD', k.timers, whole(now + ROUTING_MS), 'route:' .. entry)
  return entry
end

-- Deletes a session with all that hangs on it. Its will is fired before, or lost.
local function delete_session(id)
  local dropped = 0
  for _, field in ipairs(redis.call('HKEYS', k.session)) do
    if string.sub(field, 1, 4) == 'sub:' then
      dropped = dropped + redis.call('HDEL', k.routes, id .. '\n' .. string.sub(field, 5))
    end
  end
  if dropped > 0 then log_route(k.routes, k.routes_log, 'x', id) end
  redis.call('UNLINK', k.session, k.queue, k.routed)
  redis.call('ZREM', k.timers, 'expire:' .. id, 'will:' .. id)
end

-- What becomes of will and session when the connection has ended: the will is fired now, later, or never, the session
-- is gone at once, later, or never. Answers the entry of a will that was fired, or ''.
local function leave_session(id, node, fires_will, uplink_length, events_length)
  local expiry = tonumber(redis.call('HGET', k.session, 'expiry') or '0')
  local will = fires_will and read_will()
  local delay = will and math.min(delay_of(will), expiry) or 0
  local fired = ''
  if not will then
    redis.call('HDEL', k.session, 'will')
  elseif delay <= 0 then
    fired = fire_will(id, node, uplink_length, events_length)
  else
    redis.call('ZADD', k.timers, whole(redis_now() + delay * 1000), 'will:' .. id)
  end
  if expiry == 0 then
    delete_session(id)
  elseif expiry < NEVER then
    redis.call('ZADD', k.timers, whole(redis_now() + expiry * 1000), 'expire:' .. id)
  end
  return fired
end
