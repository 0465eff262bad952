#!lua flags=allow-oom
-- Ends the claims that a dead node still holds on these devices; each that another node owns by now is left alone.
-- KEYS  1 online  2 events  3 timers  then for each device: session, queue, device
-- ARGV  1 node  2 Unix ms  3 events MAXLEN  4 seconds a device record is kept  then each client id
-- reply how many were ended
local ended = 0
for i = 5, #ARGV do
  local id = ARGV[i]
  local owner = redis.call('HGET', KEYS[1], id)
  if owner then
    local epoch, _, node = parse_owner(owner)
    if node == ARGV[1] then
      local at = 3 + (i - 5) * 3
      local session, queue, device = KEYS[at + 1], KEYS[at + 2], KEYS[at + 3]
      local connectedAt = tonumber(redis.call('HGET', device, 'connectedAt') or ARGV[2])
      redis.call('HDEL', KEYS[1], id)
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'type', 'disconnected', 'device', id, 'epoch', epoch,
        'ts', ARGV[2], 'node', node, 'reason', 'node-lost', 'by', 'gateway',
        'durationMs', string.format('%.0f', math.max(0, ARGV[2] - connectedAt)), 'lastSeq', -1)
      end_session(id, session, queue, KEYS[3], tonumber(redis.call('HGET', session, 'expiry') or '0'))
      redis.call('HSET', device, 'state', 'offline', 'disconnectedAt', ARGV[2], 'reason', 'node-lost')
      redis.call('EXPIRE', device, ARGV[4])
      ended = ended + 1
    end
  end
end
return ended
