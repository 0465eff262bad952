#!lua flags=allow-oom
-- Ends a claim: `disconnected` is told, the will fired or dropped or left to its timer, the session keeps or loses its
-- state, the device record is closed. Does nothing when another connection owns the device by now.
-- KEYS  1 online  2 events  3 session  4 queue  5 device  6 timers  7 uplink stream  8 routed  9 routes  10 routes log
--       11 history
-- ARGV  1 client id  2 nonce  3 Unix ms  4 events MAXLEN  5 reason  6 by  7 duration in ms  8 last seq  9 messages
--       10 bytes  11 dropped  12 unknown  13 last seen in Unix ms  14 session expiry in s or '' as it is
--       15 seconds the device record is kept  16 epoch, or 0 when the claim was never answered
--       17 highest n of the queue that may have been sent  18 fires the will (1|0)  19 uplink MAXLEN
--       20 what the end says of the link: `planned`, `unplanned`, or `fault` of the device  21 lines of the timeline
--       22 the class it goes back to, should it be raised, or '' as it is
--       from 23 on, in turn: a field of the record that says how the link was, and its value, '' where there is none
-- reply { the epoch that was released or 0, the entry of the will fired now or '' }
local id = ARGV[1]

-- A connection that was to end by plan was taken over before it did: that was no flap.
local function forgive(own_epoch, ending)
  if ending ~= 'planned' or redis.call('HGET', k.device, 'flapOver') ~= own_epoch then return end
  redis.call('HDEL', k.device, 'flapOver')
  local times = redis.call('HGET', k.device, 'flapTimes') or ''
  redis.call('HSET', k.device, 'flapTimes', (string.gsub(times, ' ?%d+$', '')))
end

local owner = redis.call('HGET', k.online, id)
local epoch, node
if owner then
  local nonce
  epoch, nonce, node = parse_owner(owner)
  if nonce ~= ARGV[2] then
    forgive(ARGV[16], ARGV[20])
    return { 0, '' }
  end
  redis.call('HDEL', k.online, id)
else
  -- Redis may have lost the claim and kept what came of it: the record then says whether this epoch is still open.
  local record = redis.call('HMGET', k.device, 'epoch', 'state', 'node')
  epoch, node = record[1], record[3]
  if epoch ~= ARGV[16] or record[2] ~= 'online' then return { 0, '' } end
end

-- What raised it is over: nobody is critical who is not there.
local raised_to = ARGV[22] ~= '' and redis.call('HGET', k.device, 'class')
if raised_to and raised_to ~= ARGV[22] then
  local facts = { 'ts', ARGV[3], 'epoch', epoch, 'node', node, 'class', ARGV[22], 'previousClass', raised_to,
    'cause', 'over' }
  redis.call('HSET', k.device, 'class', ARGV[22])
  redis.call('XADD', k.events, 'MAXLEN', '~', ARGV[4], '*', 'type', 'class', 'device', id, unpack(facts))
  add_line(k.history, ARGV[21], 'kind', 'class', unpack(facts))
end

redis.call('XADD', k.events, 'MAXLEN', '~', ARGV[4], '*', 'type', 'disconnected', 'device', id, 'epoch', epoch,
  'ts', ARGV[3], 'node', node, 'reason', ARGV[5], 'by', ARGV[6], 'durationMs', ARGV[7], 'lastSeq', ARGV[8],
  'messages', ARGV[9], 'bytes', ARGV[10], 'dropped', ARGV[11], 'unknown', ARGV[12])

local fired = ''
local session = redis.call('HMGET', k.session, 'epoch', 'sent')
if session[1] == epoch then
  if ARGV[14] ~= '' then redis.call('HSET', k.session, 'expiry', ARGV[14]) end
  if tonumber(ARGV[17]) > tonumber(session[2] or '0') then redis.call('HSET', k.session, 'sent', ARGV[17]) end
  fired = leave_session(id, node, ARGV[18] == '1', ARGV[19], ARGV[4])
end

redis.call('HSET', k.device, 'state', 'offline', 'disconnectedAt', ARGV[3], 'lastSeen', ARGV[13], 'reason', ARGV[5],
  'epochMessages', ARGV[9], 'epochBytes', ARGV[10], 'ended', ARGV[20] == 'planned' and 'planned' or 'unplanned')
for i = 23, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', k.device, ARGV[i])
  else
    redis.call('HSET', k.device, ARGV[i], ARGV[i + 1])
  end
end
if ARGV[20] == 'fault' then note_time(k.device, 'faultTimes', tonumber(ARGV[3])) end
add_line(k.history, ARGV[21], 'kind', 'disconnected', 'ts', ARGV[3], 'epoch', epoch, 'node', node, 'reason', ARGV[5],
  'by', ARGV[6], 'durationMs', ARGV[7], 'messages', ARGV[9])
redis.call('EXPIRE', k.device, ARGV[15])
redis.call('EXPIRE', k.history, ARGV[15])
return { tonumber(epoch), fired }
