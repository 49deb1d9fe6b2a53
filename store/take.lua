-- Takes what is due under a lease: whoever holds the newest fence of a member may settle it, and nobody gets it before the lease is over. What is
-- due goes by the room's clock, which every replica has from its own machine. Leases go by the clock of Redis, which is one for all of them.
--
-- KEYS[1] members by due time, without those under a lease; KEYS[2] fences by member, KEYS[3] the counter of fences
-- KEYS[4] members by the end of their newest lease, settled ones too until that is over
-- ARGV[1] now in the room, ARGV[2] length of the lease (milliseconds), ARGV[3] how many at most, ARGV[4] what precedes a member in KEYS[2]
-- ARGV[5] more than anything of ours waits (milliseconds): what is due later than in so long, or leased for longer, was written by a clock that
--         ran ahead, and is due now
-- ARGV[6] milliseconds to add to the clock of Redis: 0 but in tests
--
-- Returns a flat list: member, fence, member, fence…
local room, wanted = tonumber(ARGV[1]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[6]
local latest = now + ARGV[5]

-- A member whose holder did not come back is due again.
local function free(from, to)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], from, to, 'LIMIT', 0, 1000)) do
    redis.call('ZREM', KEYS[4], member)
    if redis.call('HEXISTS', KEYS[2], ARGV[4] .. member) == 1 then redis.call('ZADD', KEYS[1], 'NX', room, member) end
  end
end
free('-inf', now)
free('(' .. string.format('%.0f', latest), '+inf')

-- The clock of Redis may have gone back since a lease was given: nothing is leased for longer than it is now, or nobody would get what its holder
-- died with.
local longest = string.format('%.0f', now + ARGV[2])
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. longest, '+inf', 'LIMIT', 0, 1000)) do
  redis.call('ZADD', KEYS[4], 'XX', longest, member)
end

local out = {}
local function take(from, to)
  repeat
    local due = redis.call('ZRANGEBYSCORE', KEYS[1], from, to, 'LIMIT', 0, wanted - #out / 2)
    for _, member in ipairs(due) do
      local name = ARGV[4] .. member
      local over = redis.call('HEXISTS', KEYS[2], name) == 1 and redis.call('ZSCORE', KEYS[4], member) or 0
      redis.call('ZREM', KEYS[1], member)
      if tonumber(over) <= now then -- else more came for it meanwhile: whoever settles it, or the end of the lease, brings it back
        local fence = redis.call('INCR', KEYS[3])
        redis.call('ZADD', KEYS[4], now + ARGV[2], member)
        redis.call('HSET', KEYS[2], name, fence)
        out[#out + 1] = member
        out[#out + 1] = fence
      end
    end
  until #due == 0
end
take('-inf', room)
take('(' .. string.format('%.0f', room + ARGV[5]), '+inf')
return out
