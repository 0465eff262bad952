#!lua flags=allow-oom
-- Takes one entry out of the queue of a session whose device is away: another member of its shared subscription has it.
-- KEYS  1 online  2 session  3 queue
-- ARGV  1 client id  2 n  3 bytes of the entry in the queue
-- reply 1 taken · 0 the device is back, or the entry is gone
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
if redis.call('XDEL', KEYS[3], ARGV[2] .. '-0') == 0 then return 0 end
redis.call('HINCRBY', KEYS[2], 'qbytes', whole(-ARGV[3]))
return 1
