-- Numbering, linking, storing and announcing an event. Always together with whatever else changes by it, in one script, so that there is no moment at which an event
-- is numbered but not stored, or stored but not announced.

-- The time of this run, asked for once.
local function clock(state)
  state.now = state.now or milliseconds()
  return state.now
end

-- Moves the channel's state on by one event; answers its number and id.
local function append(keys, topic, keep_events, state, envelope)
  local previous = state.id
  local previous_time, previous_sequence = string.match(previous, '^(%d+)%-(%d+)$')
  previous_time, previous_sequence = tonumber(previous_time), tonumber(previous_sequence)
  local number = string.format('%.0f', tonumber(state.number) + 1)

  -- Approximately, because exact trimming takes entries out of packed nodes one by one. At least so many are kept.
  local id = redis.call('XADD', keys.stream, 'MAXLEN', '~', keep_events, '*', 'q', number, 'p', previous, 'd', envelope)

  -- A stream keeps its own ids rising, but one that expired or was deleted begins anew, perhaps by a clock that went back meanwhile.
  local time, sequence = string.match(id, '^(%d+)%-(%d+)$')
  time, sequence = tonumber(time), tonumber(sequence)
  local falls = time < previous_time or (time == previous_time and sequence <= previous_sequence)
  -- The time in an id tells what was stored from what is stored in its place after a rollback. As long as the clock is behind the last id there is no time in it, so a draw
  -- stands in, before the first of what is stored at once. 24 bits of it: sums stay exact. At least two, because the stream gave the next one away already.
  local draws = not state.follows and time <= previous_time and clock(state) < previous_time
  state.follows = true
  if falls or draws then
    redis.call('XDEL', keys.stream, id)
    local step = 1
    if draws then
      step = 2 + tonumber(string.sub(state.draw, 1, 6), 16)
    end
    id = string.format('%.0f-%.0f', previous_time, previous_sequence + step)
    redis.call('XADD', keys.stream, id, 'q', number, 'p', previous, 'd', envelope)
  end

  redis.call('HSET', keys.state, 'q', number, 'i', id)
  redis.call('SPUBLISH', topic, state.epoch .. ' ' .. number .. ' ' .. id .. ' ' .. previous .. '\n' .. envelope)
  state.number, state.id = number, id
  return number, id
end

-- Renewing expiries with each event would double its cost. An eighth late is no loss, because the stream is given an eighth more than its events need.
local function keep_for(keys, keep_seconds, state)
  local now, seconds = clock(state), tonumber(keep_seconds)
  if now - state.renewed >= seconds * 125 or now < state.renewed or state.ttl ~= keep_seconds then
    local stream_seconds = seconds + math.ceil(seconds / 8)
    redis.call('EXPIRE', keys.stream, string.format('%.0f', stream_seconds))
    redis.call('EXPIRE', keys.state, string.format('%.0f', stream_seconds + STATE_MARGIN))
    redis.call('HSET', keys.state, 't', string.format('%.0f', now), 'l', keep_seconds)
    if now > seconds * 1000 then
      redis.call('XTRIM', keys.stream, 'MINID', '~', string.format('%.0f', now - seconds * 1000))
    end
  end
end
