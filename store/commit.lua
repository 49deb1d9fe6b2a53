-- Commits a transaction: all of it or nothing, once for each identity.
--
-- KEYS[1]  where the result of this identity is kept
-- KEYS[2]  the resident's hash: read back with their tickets and their mailbox when a guard fails and ARGV[3] is "resident"
-- KEYS[3…] what guards and commands name by index
-- ARGV[1]  result to keep, ARGV[2] for how many seconds
-- ARGV[3]  "resident" or "", ARGV[4] prefix of ticket keys
-- ARGV[5]  "1": replicas confirm what is written; then a result that was kept before is written once more, for them to confirm
-- ARGV[6]  number of guards, then for each: key index, field, expected value ("" for absent)
--          number of commands, then for each: name, key index, number of further arguments, these
--
-- Returns {"done"} after the commit;
--         {"seen", result} when this identity was committed before: nothing is done;
--         {"stale"} when a guard failed: nothing is done; for "resident" followed by version, record, the list of their newest tickets'
--         numbers each with its header, and the list of their letters in the mailbox.
local seen = redis.call('GET', KEYS[1])
if seen then
  if ARGV[5] == '1' then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
  return {'seen', seen}
end

local at = 7
for _ = 1, tonumber(ARGV[6]) do
  local key, field, want = KEYS[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2]
  at = at + 3
  if (redis.call('HGET', key, field) or '') ~= want then
    if ARGV[3] ~= 'resident' then return {'stale'} end
    local headers = {}
    for _, number in ipairs(redis.call('ZREVRANGE', KEYS[2] .. ':tickets', 0, 19)) do
      local t = redis.call('HMGET', ARGV[4] .. number, 'h', 'p')
      if t[1] or t[2] then
        headers[#headers + 1] = number
        headers[#headers + 1] = t[1] or t[2]
      end
    end
    local r = redis.call('HMGET', KEYS[2], 'v', 'rec')
    return {'stale', r[1] or '', r[2] or '', headers, redis.call('HVALS', KEYS[2] .. ':mailbox')}
  end
end

local commands = tonumber(ARGV[at])
at = at + 1
for _ = 1, commands do
  local last = at + 2 + tonumber(ARGV[at + 2])
  redis.call(ARGV[at], KEYS[tonumber(ARGV[at + 1])], unpack(ARGV, at + 3, last))
  at = last + 1
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return {'done'}
