-- Shared by the scripts that follow it in one source.

-- An owner in `online` is written `EPOCH NONCE NODE`.
local function parse_owner(owner)
  return string.match(owner, '^(%d+) (%S+) (%S+)$')
end

-- Milliseconds since the Unix epoch by Redis's clock, the one clock all timers run by.
local function redis_now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local NEVER = 4294967295

-- What becomes of a session when its connection has ended: gone at once, later, or never.
local function end_session(id, session, queue, timers, expiry)
  if expiry == 0 then
    redis.call('UNLINK', session, queue)
    redis.call('ZREM', timers, 'expire:' .. id)
  elseif expiry < NEVER then
    redis.call('ZADD', timers, string.format('%.0f', redis_now() + expiry * 1000), 'expire:' .. id)
  end
end
