#!lua flags=allow-oom
-- Carries out what a device acknowledged of its queue.
-- KEYS  1 online  2 session  3 queue
-- ARGV  1 client id  2 epoch, then for each: op, n, bytes of the entry in the queue
--       done: it is finished · received: PUBREC came, PUBCOMP has not · complete: PUBCOMP came
-- reply 1 done · 0 somebody else speaks for the device · -1 nobody does: Redis lost the claim
local owner = redis.call('HGET', KEYS[1], ARGV[1])
if not owner then return -1 end
if parse_owner(owner) ~= ARGV[2] then return 0 end
local freed = 0
for i = 3, #ARGV, 3 do
  local op, n = ARGV[i], ARGV[i + 1]
  if op == 'complete' then
    redis.call('HDEL', KEYS[2], 'tx:' .. n)
  else
    if redis.call('XDEL', KEYS[3], n .. '-0') == 1 then freed = freed + tonumber(ARGV[i + 2]) end
    if op == 'received' then redis.call('HSET', KEYS[2], 'tx:' .. n, 1) end
  end
end
if freed > 0 then redis.call('HINCRBY', KEYS[2], 'qbytes', whole(-freed)) end
return 1
