-- Takes a connection off a roster, if it is there under this lease.

local field, connection, lease = ARGV[5], ARGV[6], ARGV[7]

local text = redis.call('HGET', keys.roster, field)
if text then
  local member = parse(text)
  local before = view(field, member)
  for at, held in ipairs(member.held) do
    if held.connection == connection and held.lease == lease then
      table.remove(member.held, at)
      store(field, member)
      note(field, before, view(field, member))
      break
    end
  end
  tell()
end
return 'gone'
