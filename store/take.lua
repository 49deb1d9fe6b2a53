-- Takes what is due under a lease: whoever holds the newest fence of a member may settle it, and nobody gets it before the lease is over.
--
-- KEYS[1] members by due time, KEYS[2] fences by member, KEYS[3] the counter of fences
-- ARGV[1] now, ARGV[2] end of the lease (milliseconds), ARGV[3] how many at most, ARGV[4] what precedes a member in KEYS[2]
-- ARGV[5] the time beyond which nothing of ours waits: what is due later was written by a clock that ran ahead, and is due now
--
-- Returns a flat list: member, fence, member, fence…
local out = {}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
if #due < tonumber(ARGV[3]) then
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[5], '+inf', 'LIMIT', 0, ARGV[3] - #due)) do
    due[#due + 1] = member
  end
end
for _, member in ipairs(due) do
  local fence = redis.call('INCR', KEYS[3])
  redis.call('ZADD', KEYS[1], ARGV[2], member)
  redis.call('HSET', KEYS[2], ARGV[4] .. member, fence)
  out[#out + 1] = member
  out[#out + 1] = fence
end
return out
