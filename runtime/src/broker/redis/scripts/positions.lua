-- The positions of channels of one partition, as state and stream key in turns. Somebody follows these channels, so their positions must not expire.

local positions = {}
for at = 1, #KEYS, 2 do
  local state = channel_state(KEYS[at], KEYS[at + 1], ARGV[(at + 1) / 2])
  -- Never shortens what a publish set.
  redis.call('EXPIRE', KEYS[at], STATE_MARGIN, 'GT')
  positions[#positions + 1] = state.epoch
  positions[#positions + 1] = state.number
  positions[#positions + 1] = state.id
end
return positions
