#!lua flags=allow-oom
-- Ends a claim: `disconnected` is told, the session keeps or loses its state, the device record is closed. Does nothing
-- when another connection owns the device by now.
-- KEYS  1 online  2 events  3 session  4 queue  5 device  6 timers
-- ARGV  1 client id  2 nonce  3 Unix ms  4 events MAXLEN  5 reason  6 by  7 duration in ms  8 last seq  9 messages
--       10 bytes  11 dropped  12 unknown  13 last seen in Unix ms  14 session expiry in s or '' as it is
--       15 seconds the device record is kept  16 epoch, or 0 when the claim was never answered
-- reply the epoch that was released, or 0
local id = ARGV[1]
local owner = redis.call('HGET', KEYS[1], id)
local epoch, node
if owner then
  local nonce
  epoch, nonce, node = parse_owner(owner)
  if nonce ~= ARGV[2] then return 0 end
  redis.call('HDEL', KEYS[1], id)
else
  -- Redis may have lost the claim and kept what came of it: the record then says whether this epoch is still open.
  local record = redis.call('HMGET', KEYS[5], 'epoch', 'state', 'node')
  epoch, node = record[1], record[3]
  if epoch ~= ARGV[16] or record[2] ~= 'online' then return 0 end
end

redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'type', 'disconnected', 'device', id, 'epoch', epoch,
  'ts', ARGV[3], 'node', node, 'reason', ARGV[5], 'by', ARGV[6], 'durationMs', ARGV[7], 'lastSeq', ARGV[8],
  'messages', ARGV[9], 'bytes', ARGV[10], 'dropped', ARGV[11], 'unknown', ARGV[12])

if ARGV[14] ~= '' then redis.call('HSET', KEYS[3], 'expiry', ARGV[14]) end
end_session(id, KEYS[3], KEYS[4], KEYS[6], tonumber(redis.call('HGET', KEYS[3], 'expiry') or '0'))

redis.call('HSET', KEYS[5], 'state', 'offline', 'disconnectedAt', ARGV[3], 'lastSeen', ARGV[13], 'reason', ARGV[5],
  'epochMessages', ARGV[9], 'epochBytes', ARGV[10])
redis.call('EXPIRE', KEYS[5], ARGV[15])
return tonumber(epoch)
