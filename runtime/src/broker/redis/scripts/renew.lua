-- Takes or renews a lease in one partition; 1 if it held until now. Those that ran out are forgotten: what is not there does not hold.

local LEASES_SECONDS = 7200

local leases, lease, lasts, now = KEYS[1], ARGV[1], tonumber(ARGV[2]), milliseconds()
local held = 0
local all = redis.call('HGETALL', leases)
for at = 1, #all, 2 do
  local ends = tonumber(all[at + 1])
  if ends and ends > now then
    held = all[at] == lease and 1 or held
  else
    redis.call('HDEL', leases, all[at])
  end
end
redis.call('HSET', leases, lease, string.format('%.0f', now + lasts))
redis.call('EXPIRE', leases, math.max(LEASES_SECONDS, math.ceil(lasts / 500)))
return held
