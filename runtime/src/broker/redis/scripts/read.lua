-- A range of stored events together with the channel's position at the same instant. Read apart, an event in between would look like a lost tail.

local state_key, stream_key = KEYS[1], KEYS[2]
local fresh_epoch, range, epoch, id, limit, bytes = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

-- How many entries one call inside the script fetches. They are in memory twice while it runs, and an entry may have a megabyte.
local FIRST_CHUNK, LARGEST_CHUNK = 8, 256
-- How much is looked at to find the event that a range begins with, before it begins where the search has come to.
local SEARCH_BYTES = 16 * 1024 * 1024

local state = channel_state(state_key, stream_key, fresh_epoch)
local entries, more = {}, 0

local function size(entry)
  local total = 0
  for _, field in ipairs(entry[2]) do
    total = total + #field
  end
  return total
end

-- Visits entries from one end until `take` refuses one or there is none left.
local function visit(command, from, to, take)
  local chunk = FIRST_CHUNK
  while true do
    local found = redis.call(command, stream_key, from, to, 'COUNT', chunk)
    for _, entry in ipairs(found) do
      if not take(entry) then
        return
      end
    end
    if #found < chunk then
      return
    end
    from = '(' .. found[#found][1]
    chunk = math.min(chunk * 2, LARGEST_CHUNK)
  end
end

local total = 0
local function collect(entry)
  total = total + size(entry)
  if #entries == limit or (#entries > 0 and total > bytes) then
    more = 1
    return false
  end
  entries[#entries + 1] = entry
  return true
end

local function backwards(from)
  visit('XREVRANGE', from, '-', collect)
  for at = 1, math.floor(#entries / 2) do
    local opposite = #entries + 1 - at
    entries[at], entries[opposite] = entries[opposite], entries[at]
  end
end

if range == 'after' then
  -- The events of another epoch are all unknown to the cursor.
  visit('XRANGE', epoch == state.epoch and '(' .. id or '-', '+', collect)
elseif range == 'newest' then
  local count, searched, first = tonumber(id), 0, nil
  if count >= redis.call('XLEN', stream_key) then
    first = '-'
  else
    visit('XREVRANGE', '+', '-', function(entry)
      if count == 0 or searched > SEARCH_BYTES then
        return false
      end
      first, count, searched = entry[1], count - 1, searched + size(entry)
      return true
    end)
  end
  if first then
    visit('XRANGE', first, '+', collect)
  end
elseif epoch == '' then
  backwards('+')
elseif epoch == state.epoch and id ~= '0-0' then
  backwards('(' .. id)
end

return {state.epoch, state.number, state.id, more, entries}
