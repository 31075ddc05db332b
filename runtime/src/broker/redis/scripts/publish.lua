-- Numbers, links, stores and announces one event. One script, so that there is no moment at which an event is numbered but not stored, or stored but not announced.

local state_key, stream_key, record_key = KEYS[1], KEYS[2], KEYS[3]
local fresh_epoch, keep_events, keep_seconds, topic, envelope, content = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]

if record_key then
  local answer = known_record(record_key, content)
  if answer then
    return answer
  end
end

local state = channel_state(state_key, stream_key, fresh_epoch)
local number = string.format('%.0f', state.number + 1)
local previous = state.id

-- Approximately, because exact trimming takes entries out of packed nodes one by one. At least so many are kept.
local id = redis.call('XADD', stream_key, 'MAXLEN', '~', keep_events, '*', 'q', number, 'p', previous, 'd', envelope)

-- A stream keeps its own ids rising, but one that expired or was deleted begins anew, perhaps by a clock that went back meanwhile.
local id_time, id_sequence = string.match(id, '^(%d+)%-(%d+)$')
local previous_time, previous_sequence = string.match(previous, '^(%d+)%-(%d+)$')
id_time, id_sequence, previous_time, previous_sequence = tonumber(id_time), tonumber(id_sequence), tonumber(previous_time), tonumber(previous_sequence)
if id_time < previous_time or (id_time == previous_time and id_sequence <= previous_sequence) then
  redis.call('XDEL', stream_key, id)
  id = string.format('%.0f-%.0f', previous_time, previous_sequence + 1)
  redis.call('XADD', stream_key, id, 'q', number, 'p', previous, 'd', envelope)
end

redis.call('HSET', state_key, 'q', number, 'i', id)

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
  remember(record_key, content, state.epoch, number, id)
end
redis.call('SPUBLISH', topic, state.epoch .. ' ' .. number .. ' ' .. id .. ' ' .. previous .. '\n' .. envelope)
return {state.epoch, number, id, 0}
