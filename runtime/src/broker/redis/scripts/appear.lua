-- Puts a connection on a roster, or replaces what it shows.

local field, connection, lease, shown, again, most = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9] == '1', tonumber(ARGV[10])

if not holds(lease) then
  return 'lapsed'
end
local text = redis.call('HGET', keys.roster, field)
if not text and redis.call('HLEN', keys.roster) >= most then
  return 'full'
end
local member = text and parse(text) or {since = string.format('%.0f', milliseconds()), held = {}}
local before, place = view(field, member), nil
for at, held in ipairs(member.held) do
  if held.connection == connection then
    place = at
  end
end
if not place and #member.held >= most then
  return 'full'
end
local known = member.held[place]
if known and known.state == shown and (again or known.lease ~= lease) then
  -- It came back, and says what it said before: that is no newer than what others said since.
  known.lease = lease
else
  if place then
    table.remove(member.held, place)
  end
  member.held[#member.held + 1] = {connection = connection, lease = lease, state = shown}
end
store(field, member)
redis.call('SADD', keys.held, lease)
note(field, before, view(field, member))
keep_roster()
tell()
return 'present'
