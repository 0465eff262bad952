#!lua
-- Puts one message into a session's queue, if the session still wants it.
-- KEYS  1 online  2 session  3 queue  4 routed
-- ARGV  1 client id  2 identity of the message, or '' when it may come twice  3 its bytes in the queue
--       4 most messages  5 most bytes  6 policy when full (drop-oldest|reject)  7 how many filters, then the filters, one
--       of which the session must hold; the rest are the entry's fields
-- reply { n, messages dropped to make room, node that holds the device online or '' }
--       · 0 the session is gone, or its subscriptions are · -1 it was queued before · -2 it has no room
local IDENTITY_MS, IDENTITIES = 3600000, 65536
local identity, bytes = ARGV[2], tonumber(ARGV[3])
local most_messages, most_bytes = tonumber(ARGV[4]), tonumber(ARGV[5])
local last_filter = 7 + tonumber(ARGV[7])

local is_wanted = false
for i = 8, last_filter do
  if redis.call('HEXISTS', KEYS[2], 'sub:' .. ARGV[i]) == 1 then
    is_wanted = true
    break
  end
end
if not is_wanted then return 0 end

local now
if identity ~= '' then
  now = redis_now()
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', whole(now - IDENTITY_MS))
  if redis.call('ZSCORE', KEYS[4], identity) then return -1 end
end

local messages = redis.call('XLEN', KEYS[3])
local held_bytes = tonumber(redis.call('HGET', KEYS[2], 'qbytes') or '0')
local function is_full()
  return messages + 1 > most_messages or held_bytes + bytes > most_bytes
end
if is_full() and (ARGV[6] == 'reject' or most_messages < 1 or bytes > most_bytes) then return -2 end

local dropped = 0
while is_full() do
  local oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  if not oldest then break end
  for i = 1, #oldest[2], 2 do
    if oldest[2][i] == 'bytes' then held_bytes = held_bytes - tonumber(oldest[2][i + 1]) end
  end
  redis.call('XDEL', KEYS[3], oldest[1])
  messages, dropped = messages - 1, dropped + 1
end

local n = redis.call('HINCRBY', KEYS[2], 'n', 1)
redis.call('XADD', KEYS[3], n .. '-0', unpack(ARGV, last_filter + 1))
-- An empty queue holds nothing, whatever was counted.
if messages == 0 then held_bytes = 0 end
redis.call('HSET', KEYS[2], 'qbytes', whole(held_bytes + bytes))
if dropped > 0 then redis.call('HINCRBY', KEYS[2], 'qdropped', dropped) end

if now then
  redis.call('ZADD', KEYS[4], whole(now), identity)
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -IDENTITIES - 1)
  redis.call('PEXPIRE', KEYS[4], IDENTITY_MS)
end

local owner = redis.call('HGET', KEYS[1], ARGV[1])
local node = ''
if owner then node = select(3, parse_owner(owner)) end
return { n, dropped, node }
