#!lua
-- Puts a trace into the hash of traces, unless as many as allowed are running. What in there is no trace does not count.
-- KEYS  1 traces
-- ARGV  1 id  2 the trace as JSON  3 Unix ms  4 the most that may run
-- reply 1 started · 0 too many are running
local running = 0
for _, json in ipairs(redis.call('HVALS', KEYS[1])) do
  local is_json, trace = pcall(cjson.decode, json)
  if is_json and type(trace) == 'table' and trace.stoppedAt == nil and (tonumber(trace['until']) or 0) > tonumber(ARGV[3]) then
    running = running + 1
  end
end
if running >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
