#!lua
-- Claims the right to speak for a device: a new epoch, the session decided, presence told, the device record written.
-- Repeated with the nonce that already owns the device it answers the same, but for the previous owner, whom it no longer
-- knows, and writes nothing.
-- KEYS  1 online  2 epoch  3 events  4 session  5 queue  6 device  7 timers
-- ARGV  1 client id  2 nonce  3 node  4 Unix ms  5 clean start (1|0)  6 session expiry in s  7 events MAXLEN
--       8 protocol  9 transport  10 listener  11 address  12 class  13 keep-alive in s
-- reply { epoch, session present (1|0), previous epoch or 0, previous node or '', { session field, value, … } }
local id, nonce, node, now, clean = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local session = KEYS[4]

local function held_state()
  local held = {}
  local all = redis.call('HGETALL', session)
  for i = 1, #all, 2 do
    local prefix = string.sub(all[i], 1, 3)
    if prefix == 'rx:' or prefix == 'sub' then
      held[#held + 1] = all[i]
      held[#held + 1] = all[i + 1]
    end
  end
  return held
end

local previousEpoch, previousNode = 0, ''
local owner = redis.call('HGET', KEYS[1], id)
if owner then
  local epoch, ownerNonce, ownerNode = parse_owner(owner)
  if ownerNonce == nonce then
    local present = tonumber(redis.call('HGET', session, 'present') or '0')
    return { tonumber(epoch), present, 0, '', present == 1 and held_state() or {} }
  end
  previousEpoch, previousNode = tonumber(epoch), ownerNode
end

local expiry = redis.call('HGET', session, 'expiry')
local due = redis.call('ZSCORE', KEYS[7], 'expire:' .. id)
local present = 0
if expiry then
  -- Over a live owner the old connection ends here, and a session of expiry 0 ends with it.
  local ended = (owner and expiry == '0') or (due and tonumber(due) <= redis_now())
  if clean or ended then redis.call('UNLINK', session, KEYS[5]) else present = 1 end
end
if due then redis.call('ZREM', KEYS[7], 'expire:' .. id) end

local epoch = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], id, epoch .. ' ' .. nonce .. ' ' .. node)
redis.call('HSET', session, 'expiry', ARGV[6], 'epoch', epoch, 'present', present)

local event = {
  'type', owner and 'superseded' or 'connected', 'device', id, 'epoch', epoch, 'ts', now, 'node', node,
  'protocol', ARGV[8], 'transport', ARGV[9], 'listener', ARGV[10], 'address', ARGV[11], 'class', ARGV[12],
  'cleanStart', ARGV[5], 'sessionPresent', present, 'keepAlive', ARGV[13],
}
if owner then
  for _, part in ipairs({ 'previousEpoch', previousEpoch, 'previousNode', previousNode }) do event[#event + 1] = part end
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], '*', unpack(event))

local finished = redis.call('HMGET', KEYS[6], 'epochMessages', 'epochBytes')
redis.call('HINCRBY', KEYS[6], 'messages', finished[1] or 0)
redis.call('HINCRBY', KEYS[6], 'bytes', finished[2] or 0)
redis.call('HINCRBY', KEYS[6], 'connects', 1)
redis.call('HSETNX', KEYS[6], 'firstSeen', now)
redis.call('HSET', KEYS[6], 'state', 'online', 'node', node, 'epoch', epoch, 'protocol', ARGV[8], 'transport', ARGV[9],
  'listener', ARGV[10], 'address', ARGV[11], 'class', ARGV[12], 'keepAlive', ARGV[13], 'expiry', ARGV[6],
  'connectedAt', now, 'lastSeen', now, 'epochMessages', 0, 'epochBytes', 0)
redis.call('PERSIST', KEYS[6])
return { epoch, present, previousEpoch, previousNode, present == 1 and held_state() or {} }
