#!lua
-- Brings device records of one partition up to date, tells what changed of their links, and finds connections that no
-- longer speak for their device.
-- KEYS  1 online  2 events  then for each device: record, history
-- ARGV  1 node  2 Unix ms  3 events MAXLEN  4 lines of a timeline  5 how many values there are for each device
--       6 how many fields of quality, and from 7 on their names, then for each device:
--       client id, nonce, last seen in Unix ms, messages and bytes of the epoch,
--       what is told of its link: '' nothing, `record` the record, `point` its timeline too, or with a change of band the
--       band before it, which is an event; then the values of the fields of quality, '' for those that are not there
-- reply { client ids that somebody else speaks for, client ids that nobody does: Redis lost the claim,
--         { client id, unplanned reconnects, ends by its fault within the hour, … } of those that have any }
local now = ARGV[2]
local width, fields = tonumber(ARGV[5]), tonumber(ARGV[6])

-- The fields of quality of the device whose values begin behind `at`: what to set, what to take away, and all by name.
local function quality_behind(at)
  local set, gone, value_of = {}, {}, {}
  for i = 1, fields do
    local name, value = ARGV[6 + i], ARGV[at + i]
    value_of[name] = value
    if value == '' then
      gone[#gone + 1] = name
    else
      set[#set + 1] = name
      set[#set + 1] = value
    end
  end
  return set, gone, value_of
end

-- What events and timelines have of it, behind the fields that `entry` has.
local function add_link(entry, quality)
  local function add(name, value)
    if value == '' then return end
    entry[#entry + 1] = name
    entry[#entry + 1] = value
  end
  add('score', quality.quality)
  add('band', quality.band)
  add('penalties', quality.penalties)
  add('confidence', quality.confidence)
  add('version', quality.qualityVersion)
  for _, name in ipairs({ 'rttMs', 'jitterMs', 'lossRatio' }) do add(name, quality[name]) end
  return entry
end

local function tell(id, epoch, history, what, quality)
  if what == 'record' then return end
  local kind = what == 'point' and 'point' or 'quality'
  local line = { 'kind', kind, 'ts', now, 'epoch', epoch, 'node', ARGV[1] }
  add_line(history, ARGV[4], unpack(add_link(line, quality)))
  if kind == 'point' then return end
  local event = { 'type', 'quality', 'device', id, 'epoch', epoch, 'ts', now, 'node', ARGV[1], 'previousBand', what }
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', unpack(add_link(event, quality)))
end

local superseded, lost, troubled = {}, {}, {}
for i = 3, #KEYS, 2 do
  local record, history = KEYS[i], KEYS[i + 1]
  local at = 6 + fields + (i - 3) / 2 * width
  local id, what = ARGV[at + 1], ARGV[at + 6]
  local owner = redis.call('HGET', KEYS[1], id)
  local epoch, nonce
  if owner then epoch, nonce = parse_owner(owner) end
  if nonce == ARGV[at + 2] then
    local touched = { 'lastSeen', ARGV[at + 3], 'epochMessages', ARGV[at + 4], 'epochBytes', ARGV[at + 5] }
    if what ~= '' then
      local set, gone, quality = quality_behind(at + 6)
      for _, part in ipairs(set) do touched[#touched + 1] = part end
      if #gone > 0 then redis.call('HDEL', record, unpack(gone)) end
      tell(id, epoch, history, what, quality)
    end
    redis.call('HSET', record, unpack(touched))
    local times = redis.call('HMGET', record, 'flapTimes', 'faultTimes')
    if times[1] or times[2] then
      troubled[#troubled + 1] = id
      troubled[#troubled + 1] = #within_hour(times[1], tonumber(now))
      troubled[#troubled + 1] = #within_hour(times[2], tonumber(now))
    end
  elseif owner then
    superseded[#superseded + 1] = id
  else
    lost[#lost + 1] = id
  end
end
return { superseded, lost, troubled }
