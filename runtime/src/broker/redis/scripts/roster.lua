-- Common to all scripts that touch a roster. It is a hash: for each member since when it is there, and then a line for each of its connections, with its name, the
-- lease that it is there under, and its state as JSON, the newest state last. A member's field is `u` and a user's id, or `c` and the id of nobody's connection, as
-- JSON text. Beside the roster stands a set of the leases that may be in it, and in each partition a hash that says until when a lease holds.

local keys = {state = KEYS[1], stream = KEYS[2], roster = KEYS[3], held = KEYS[4], leases = KEYS[5]}
local fresh_epoch, topic, keep_events, keep_seconds = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- Whoever has members on a roster, or follows it, looks at it more often.
local ROSTER_SECONDS = 7200

local change = {joined = {}, changed = {}, left = {}}

local function holds(lease)
  local ends = redis.call('HGET', keys.leases, lease)
  return ends and tonumber(ends) > milliseconds()
end

local function parse(text)
  local since, rest = string.match(text, '^(%d+)\n(.*)$')
  if not since then
    corrupt('roster')
  end
  local member = {since = since, held = {}}
  for line in string.gmatch(rest, '[^\n]+') do
    local connection, lease, state = string.match(line, '^(%S+) (%x+) (.+)$')
    if not connection then
      corrupt('roster')
    end
    member.held[#member.held + 1] = {connection = connection, lease = lease, state = state}
  end
  return member
end

local function store(field, member)
  if #member.held == 0 then
    redis.call('HDEL', keys.roster, field)
    return
  end
  local lines = {member.since}
  for _, held in ipairs(member.held) do
    lines[#lines + 1] = held.connection .. ' ' .. held.lease .. ' ' .. held.state
  end
  redis.call('HSET', keys.roster, field, table.concat(lines, '\n'))
end

-- What others see of a member; nil for one without connections.
local function view(field, member)
  local newest = member.held[#member.held]
  if not newest then
    return nil
  end
  local id = string.sub(field, 2)
  local user = string.sub(field, 1, 1) == 'u' and id or 'null'
  return '{"id":' .. id .. ',"user":' .. user .. ',"connections":' .. #member.held .. ',"since":' .. member.since .. ',"state":' .. newest.state .. '}'
end

-- Notes what became of a member.
local function note(field, before, after)
  if not before and after then
    change.joined[#change.joined + 1] = after
  elseif before and not after then
    change.left[#change.left + 1] = string.sub(field, 2)
  elseif before ~= after then
    change.changed[#change.changed + 1] = after
  end
end

-- Takes away the connections of leases that do not hold any more.
local function sweep()
  local dead, any = {}, false
  for _, lease in ipairs(redis.call('SMEMBERS', keys.held)) do
    if not holds(lease) then
      dead[lease], any = true, true
    end
  end
  if not any then
    return
  end
  local all = redis.call('HGETALL', keys.roster)
  for at = 1, #all, 2 do
    local field, member = all[at], parse(all[at + 1])
    local before, kept = view(field, member), {}
    for _, held in ipairs(member.held) do
      if not dead[held.lease] then
        kept[#kept + 1] = held
      end
    end
    if #kept < #member.held then
      member.held = kept
      store(field, member)
      note(field, before, view(field, member))
    end
  end
  for lease in pairs(dead) do
    redis.call('SREM', keys.held, lease)
  end
end

-- Stores and announces what was noted.
local function tell()
  local parts = {}
  for _, name in ipairs({'joined', 'changed', 'left'}) do
    if #change[name] > 0 then
      parts[#parts + 1] = '"' .. name .. '":[' .. table.concat(change[name], ',') .. ']'
    end
  end
  if #parts == 0 then
    return
  end
  local state = channel_state(keys.state, keys.stream, fresh_epoch)
  append(keys, topic, keep_events, state, '{"event":"changed","data":{' .. table.concat(parts, ',') .. '}}')
  keep_for(keys, keep_seconds, state)
end

-- Renewing at each look would be a write for each look.
local function keep_roster()
  for _, key in ipairs({keys.roster, keys.held}) do
    local left = redis.call('TTL', key)
    if left ~= -2 and left < ROSTER_SECONDS / 2 then
      redis.call('EXPIRE', key, ROSTER_SECONDS)
    end
  end
end
