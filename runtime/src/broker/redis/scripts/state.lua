-- Common to all scripts that touch a channel's state. Put in front of each of them.

-- A position outlives its events by this many seconds: a client that was away longer than the events were kept learns that they expired, instead of that
-- nothing is known of the channel.
local STATE_MARGIN = 3600

-- Something else writes under our keys, or somebody edited ours. Nothing may be guessed from it.
local function corrupt(what)
  return error({err = 'CORRUPT ' .. what})
end

local function milliseconds()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- The channel's position and when its expiry is due for renewal; begins a new epoch when there is none.
local function channel_state(state_key, stream_key, fresh_epoch)
  local epoch, number, id, renewed, ttl = unpack(redis.call('HMGET', state_key, 'e', 'q', 'i', 't', 'l'))
  if epoch then
    if not (string.match(epoch, '^%x+$') and #epoch == 16 and number and string.match(number, '^%d+$') and id and string.match(id, '^%d+%-%d+$')) then
      corrupt('state')
    end
    return {epoch = epoch, number = number, id = id, renewed = tonumber(renewed) or 0, ttl = ttl or '', draw = fresh_epoch}
  end
  if redis.call('EXISTS', state_key) == 1 then
    corrupt('state')
  end
  -- Events of an epoch that is forgotten cannot be linked to anything. What is not a stream is not ours to delete.
  local kind = redis.call('TYPE', stream_key)['ok']
  if kind == 'stream' then
    redis.call('DEL', stream_key)
  elseif kind ~= 'none' then
    corrupt('stream')
  end
  redis.call('HSET', state_key, 'e', fresh_epoch, 'q', '0', 'i', '0-0')
  redis.call('EXPIRE', state_key, STATE_MARGIN)
  return {epoch = fresh_epoch, number = '0', id = '0-0', renewed = 0, ttl = '', draw = fresh_epoch}
end
