-- Numbers, links, stores and announces events of one channel: one, or several of a batch. One script, so that there is no moment at which an event is numbered but not
-- stored, or stored but not announced.

local state_key, stream_key, record_key = KEYS[1], KEYS[2], KEYS[3]
local fresh_epoch, keep_events, keep_seconds, topic, content = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local FIRST_ENVELOPE = 6

-- Only a single event has a key.
if record_key then
  local answer = known_record(record_key, content)
  if answer then
    return answer
  end
end

local state = channel_state(state_key, stream_key, fresh_epoch)
local count, previous = tonumber(state.number), state.id
local previous_time, previous_sequence = string.match(previous, '^(%d+)%-(%d+)$')
previous_time, previous_sequence = tonumber(previous_time), tonumber(previous_sequence)
local answer = {state.epoch, 0}

for at = FIRST_ENVELOPE, #ARGV do
  local envelope = ARGV[at]
  count = count + 1
  local number = string.format('%.0f', count)

  -- Approximately, because exact trimming takes entries out of packed nodes one by one. At least so many are kept.
  local id = redis.call('XADD', stream_key, 'MAXLEN', '~', keep_events, '*', 'q', number, 'p', previous, 'd', envelope)

  -- A stream keeps its own ids rising, but one that expired or was deleted begins anew, perhaps by a clock that went back meanwhile.
  local time, sequence = string.match(id, '^(%d+)%-(%d+)$')
  time, sequence = tonumber(time), tonumber(sequence)
  if time < previous_time or (time == previous_time and sequence <= previous_sequence) then
    redis.call('XDEL', stream_key, id)
    time, sequence = previous_time, previous_sequence + 1
    id = string.format('%.0f-%.0f', time, sequence)
    redis.call('XADD', stream_key, id, 'q', number, 'p', previous, 'd', envelope)
  end

  -- After each event, so that a script that fails at a later one leaves no event without its number.
  redis.call('HSET', state_key, 'q', number, 'i', id)
  redis.call('SPUBLISH', topic, state.epoch .. ' ' .. number .. ' ' .. id .. ' ' .. previous .. '\n' .. envelope)
  previous, previous_time, previous_sequence = id, time, sequence
  answer[#answer + 1] = number
  answer[#answer + 1] = id
end

-- Renewing expiries with each event would double its cost. An eighth late is no loss, because the stream is given an eighth more than its events need.
local now = milliseconds()
if now - state.renewed >= keep_seconds * 125 or now < state.renewed or state.ttl ~= ARGV[3] then
  local stream_seconds = keep_seconds + math.ceil(keep_seconds / 8)
  redis.call('EXPIRE', stream_key, string.format('%.0f', stream_seconds))
  redis.call('EXPIRE', state_key, string.format('%.0f', stream_seconds + STATE_MARGIN))
  redis.call('HSET', state_key, 't', string.format('%.0f', now), 'l', ARGV[3])
  if now > keep_seconds * 1000 then
    redis.call('XTRIM', stream_key, 'MINID', '~', string.format('%.0f', now - keep_seconds * 1000))
  end
end

if record_key then
  remember(record_key, content, state.epoch, answer[3], answer[4])
end
return answer
