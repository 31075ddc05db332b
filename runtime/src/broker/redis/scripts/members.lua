-- A roster, with the position of its changes at the same instant.

sweep()
tell()
keep_roster()
local members = {}
local all = redis.call('HGETALL', keys.roster)
for at = 1, #all, 2 do
  members[#members + 1] = view(all[at], parse(all[at + 1]))
end
local state = channel_state(keys.state, keys.stream, fresh_epoch)
return {state.epoch, state.number, state.id, '[' .. table.concat(members, ',') .. ']'}
