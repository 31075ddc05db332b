-- Publishes events of one channel: one, or several of a batch.

local state_key, stream_key, record_key = KEYS[1], KEYS[2], KEYS[3]
local fresh_epoch, keep_events, keep_seconds, topic, content = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local FIRST_ENVELOPE = 6

-- Only a single event has a key.
if record_key then
  local answer = known_record(record_key, content)
  if answer then
    return answer
  end
end

local keys, state = {state = state_key, stream = stream_key}, channel_state(state_key, stream_key, fresh_epoch)
local answer = {state.epoch, 0}

for at = FIRST_ENVELOPE, #ARGV do
  local number, id = append(keys, topic, keep_events, state, ARGV[at])
  answer[#answer + 1] = number
  answer[#answer + 1] = id
end
keep_for(keys, keep_seconds, state)

if record_key then
  remember(record_key, content, state.epoch, answer[3], answer[4])
end
return answer
