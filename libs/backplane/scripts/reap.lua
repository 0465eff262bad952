#!lua flags=allow-oom
-- Ends the claim that a dead node still holds on a device, its will fired or left to its timer; a device that another
-- node owns by now is left alone.
-- KEYS  1 online  2 events  3 session  4 queue  5 device  6 timers  7 uplink stream  8 routed  9 routes  10 routes log
--       11 history
-- ARGV  1 client id  2 node  3 Unix ms  4 events MAXLEN  5 seconds the device record is kept  6 uplink MAXLEN
--       7 lines of the timeline
-- reply { 1 ended | 0 not, the entry of the will fired now or '' }
local id = ARGV[1]
local owner = redis.call('HGET', k.online, id)
if not owner then return { 0, '' } end
local epoch, _, node = parse_owner(owner)
if node ~= ARGV[2] then return { 0, '' } end

local connected_at = tonumber(redis.call('HGET', k.device, 'connectedAt') or ARGV[3])
redis.call('HDEL', k.online, id)
local duration = whole(math.max(0, ARGV[3] - connected_at))
redis.call('XADD', k.events, 'MAXLEN', '~', ARGV[4], '*', 'type', 'disconnected', 'device', id, 'epoch', epoch,
  'ts', ARGV[3], 'node', node, 'reason', 'node-lost', 'by', 'gateway', 'durationMs', duration, 'lastSeq', -1)
add_line(k.history, ARGV[7], 'kind', 'disconnected', 'ts', ARGV[3], 'epoch', epoch, 'node', node, 'reason', 'node-lost',
  'by', 'gateway', 'durationMs', duration)

-- Nobody knows how far the node had come: anything queued may have been sent.
local counter = redis.call('HGET', k.session, 'n')
if counter then redis.call('HSET', k.session, 'sent', counter) end
local fired = leave_session(id, node, true, ARGV[6], ARGV[4])

redis.call('HSET', k.device, 'state', 'offline', 'disconnectedAt', ARGV[3], 'reason', 'node-lost',
  'ended', 'planned')
redis.call('EXPIRE', k.device, ARGV[5])
redis.call('EXPIRE', k.history, ARGV[5])
return { 1, fired }
