-- What became of the first publish under an idempotency key.

-- Long enough for a client to come back after a fault and repeat what was not acknowledged.
local RECORD_MILLISECONDS = 300000

-- The answer to a repeated publish; nil for a new one.
local function known_record(record_key, content)
  local record = redis.call('GET', record_key)
  if not record then
    return nil
  end
  local known, epoch, number, id = string.match(record, '^(%x+) (%S+) (%d+) (%d+%-%d+)$')
  if not known then
    return corrupt('record')
  end
  if known ~= content then
    return redis.error_reply('CONFLICT the key was used for another event')
  end
  return {epoch, 1, number, id}
end

local function remember(record_key, content, epoch, number, id)
  redis.call('SET', record_key, content .. ' ' .. epoch .. ' ' .. number .. ' ' .. id, 'PX', RECORD_MILLISECONDS)
end
