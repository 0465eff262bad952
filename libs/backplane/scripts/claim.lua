#!lua
-- Claims the right to speak for a device: a new epoch, the session and the old will decided, presence told, the device
-- record written. Repeated with the nonce that already owns the device it answers the same, but for the previous owner
-- and its will, which it no longer knows, and writes nothing.
-- KEYS  1 online  2 events  3 session  4 queue  5 device  6 timers  7 uplink stream  8 routed  9 routes  10 routes log
--       11 history  12 epoch
-- ARGV  1 client id  2 nonce  3 node  4 Unix ms  5 clean start (1|0)  6 session expiry in s  7 events MAXLEN
--       8 protocol  9 transport  10 listener  11 address  12 class  13 keep-alive in s  14 uplink MAXLEN
--       15 the will as a message record, or ''  16 tags as JSON, or ''  17 sleepy (1 or '')  18 lines of the timeline
-- reply { epoch, session present (1|0), previous epoch or 0, previous node or '', { session field, value, … },
--         queue counter, highest n that may have been sent, queue length, entry of the old will fired now or '',
--         unplanned reconnects within the hour, ends by the device's fault within the hour, last band told or '' }
local id, nonce, node, now, clean = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'

local function answer(epoch, present, previous_epoch, previous_node, fired)
  local held = {}
  local all = present == 1 and redis.call('HGETALL', k.session) or {}
  for i = 1, #all, 2 do
    local prefix = string.sub(all[i], 1, 3)
    if prefix == 'rx:' or prefix == 'tx:' or prefix == 'sub' then
      held[#held + 1] = all[i]
      held[#held + 1] = all[i + 1]
    end
  end
  local counters = redis.call('HMGET', k.session, 'n', 'sent')
  local link = redis.call('HMGET', k.device, 'flapTimes', 'faultTimes', 'band')
  return { tonumber(epoch), present, previous_epoch, previous_node, held, tonumber(counters[1] or '0'),
    tonumber(counters[2] or '0'), redis.call('XLEN', k.queue), fired,
    #within_hour(link[1], now), #within_hour(link[2], now), link[3] or '' }
end

local previous_epoch, previous_node = 0, ''
local owner = redis.call('HGET', k.online, id)
if owner then
  local epoch, owner_nonce, owner_node = parse_owner(owner)
  if owner_nonce == nonce then
    return answer(epoch, tonumber(redis.call('HGET', k.session, 'present') or '0'), 0, '', '')
  end
  previous_epoch, previous_node = tonumber(epoch), owner_node
end

local function is_past(due)
  return due and tonumber(due) <= redis_now()
end

-- Whether the will of a session that goes on is to be fired all the same: its delay has passed already, or, at the end
-- of a connection that ends here and now, there is none.
local function is_will_owed()
  local due = redis.call('ZSCORE', k.timers, 'will:' .. id)
  if due then return is_past(due) end
  local will = read_will()
  return will and delay_of(will) == 0
end

local expiry = redis.call('HGET', k.session, 'expiry')
local present, fired = 0, ''
if expiry then
  -- Over a live owner the old connection ends here, and a session of expiry 0 ends with it.
  local has_ended = clean or (owner and expiry == '0') or is_past(redis.call('ZSCORE', k.timers, 'expire:' .. id))
  if has_ended or is_will_owed() then
    fired = fire_will(id, owner and previous_node or redis.call('HGET', k.device, 'node'), ARGV[14], ARGV[7])
  end
  local counter = redis.call('HGET', k.session, 'n')
  if has_ended then
    delete_session(id)
    -- Packet ids of the old session must not come back while its last packets are on their way.
    if counter then redis.call('HSET', k.session, 'n', counter, 'sent', counter) end
  else
    present = 1
    redis.call('HDEL', k.session, 'will')
    if owner and counter then redis.call('HSET', k.session, 'sent', counter) end
  end
end
redis.call('ZREM', k.timers, 'expire:' .. id, 'will:' .. id)

local epoch = redis.call('INCR', KEYS[12])
redis.call('HSET', k.online, id, epoch .. ' ' .. nonce .. ' ' .. node)
redis.call('HSET', k.session, 'expiry', ARGV[6], 'epoch', epoch, 'present', present)
if ARGV[15] ~= '' then redis.call('HSET', k.session, 'will', ARGV[15]) end

local event = {
  'type', owner and 'superseded' or 'connected', 'device', id, 'epoch', epoch, 'ts', ARGV[4], 'node', node,
  'protocol', ARGV[8], 'transport', ARGV[9], 'listener', ARGV[10], 'address', ARGV[11], 'class', ARGV[12],
  'cleanStart', ARGV[5], 'sessionPresent', present, 'keepAlive', ARGV[13],
}
local function add(name, value)
  event[#event + 1] = name
  event[#event + 1] = value
end
if owner then
  add('previousEpoch', previous_epoch)
  add('previousNode', previous_node)
end
if ARGV[16] ~= '' then add('tags', ARGV[16]) end
if ARGV[17] ~= '' then add('sleepy', ARGV[17]) end
redis.call('XADD', k.events, 'MAXLEN', '~', ARGV[7], '*', unpack(event))

add_line(k.history, ARGV[18], 'kind', owner and 'superseded' or 'connected', 'ts', ARGV[4], 'epoch', epoch, 'node', node,
  'protocol', ARGV[8], 'transport', ARGV[9], 'listener', ARGV[10], 'address', ARGV[11])
redis.call('PERSIST', k.history)

-- Over a live owner nobody had planned it; should that owner have been about to end by plan, its release takes this back.
if owner then
  note_time(k.device, 'flapTimes', now)
  redis.call('HSET', k.device, 'flapOver', previous_epoch)
elseif redis.call('HGET', k.device, 'ended') == 'unplanned' then
  note_time(k.device, 'flapTimes', now)
end
redis.call('HDEL', k.device, 'ended')

local finished = redis.call('HMGET', k.device, 'epochMessages', 'epochBytes')
redis.call('HINCRBY', k.device, 'messages', finished[1] or 0)
redis.call('HINCRBY', k.device, 'bytes', finished[2] or 0)
redis.call('HINCRBY', k.device, 'connects', 1)
redis.call('HSETNX', k.device, 'firstSeen', ARGV[4])
redis.call('HSET', k.device, 'state', 'online', 'node', node, 'epoch', epoch, 'protocol', ARGV[8], 'transport', ARGV[9],
  'listener', ARGV[10], 'address', ARGV[11], 'class', ARGV[12], 'keepAlive', ARGV[13], 'expiry', ARGV[6],
  'connectedAt', ARGV[4], 'lastSeen', ARGV[4], 'epochMessages', 0, 'epochBytes', 0, 'tags', ARGV[16],
  'sleepy', ARGV[17])
redis.call('PERSIST', k.device)
return answer(epoch, present, previous_epoch, previous_node, fired)
