-- Settles the oldest letter under way to a resident, for the holder of the lease.
--
-- KEYS[1] outbox, KEYS[2] leases, KEYS[3] letters under way to the resident, KEYS[4] their mailbox, KEYS[5] the resident,
-- KEYS[6] deliveries of the letter's ticket, KEYS[7] channel of changes, KEYS[8] the template message about it
-- ARGV[1] openid, ARGV[2] fence, ARGV[3] "again", "mailbox", "over" or "none" (there was no letter)
-- ARGV[4] now, ARGV[5] time of the next try (milliseconds)
-- ARGV[6] letter's id, ARGV[7] letter, ARGV[8] delivery, ARGV[9] ticket's number or ""
-- ARGV[10] how many messages of the reply window were used up, "shut" to close it, or ""
-- ARGV[11] what to keep of the template message, or "", ARGV[12] for how long (milliseconds)
-- ARGV[13], ARGV[14] until when the two reply windows were open as the sender read them (milliseconds; 0: never)
--
-- Returns 1; or, when nothing is done: 0 when the lease is somebody else's by now, "left" when the letter is for the mailbox of a resident who left
-- meanwhile, "opened" when it is for the mailbox of one who has written meanwhile, and what became of the template message when that is known already.
local lease = 'letter:' .. ARGV[1]
if redis.call('HGET', KEYS[2], lease) ~= ARGV[2] then return 0 end
if ARGV[3] == 'mailbox' and redis.call('HGET', KEYS[5], 'f') ~= '1' then return 'left' end
local window = redis.call('HMGET', KEYS[5], 'mu', 'ml', 'tu', 'tl')
if ARGV[3] == 'mailbox' and (tonumber(window[1] or 0) > tonumber(ARGV[13]) or tonumber(window[3] or 0) > tonumber(ARGV[14])) then return 'opened' end
local known = ARGV[11] ~= '' and redis.call('GET', KEYS[8])
if known and known ~= ARGV[11] then return known end
redis.call('HDEL', KEYS[2], lease) -- first: a script that has written may go on although memory is full, and this takes none
if ARGV[11] ~= '' then redis.call('SET', KEYS[8], ARGV[11], 'PX', ARGV[12]) end

local now = tonumber(ARGV[4])
if ARGV[10] == 'shut' then
  redis.call('HSET', KEYS[5], 'ml', 0, 'tl', 0)
elseif ARGV[10] ~= '' then
  local spent = tonumber(ARGV[10])
  for i, field in ipairs({'ml', 'tl'}) do
    local at = 2 * i - 1
    local left = tonumber(window[at + 1] or 0)
    if spent > 0 and left > 0 and tonumber(window[at] or 0) > now then
      local n = math.min(left, spent)
      redis.call('HINCRBY', KEYS[5], field, -n)
      spent = spent - n
    end
  end
end

local due = ARGV[5]
if ARGV[3] == 'mailbox' or ARGV[3] == 'over' then
  redis.call('LPOP', KEYS[3])
  due = ARGV[4]
end
if ARGV[3] == 'mailbox' then
  redis.call('HSET', KEYS[4], ARGV[6], ARGV[7])
  redis.call('HINCRBY', KEYS[5], 'v', 1 + redis.call('TIME')[2] % 1048576) -- as atRandom in commit.go
end
if redis.call('LLEN', KEYS[3]) > 0 then
  redis.call('ZADD', KEYS[1], due, ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
if ARGV[3] == 'none' then return 1 end
if ARGV[9] ~= '' then
  redis.call('HSET', KEYS[6], ARGV[6], ARGV[8])
  redis.call('PUBLISH', KEYS[7], ARGV[9])
elseif ARGV[3] == 'again' then
  redis.call('HSET', KEYS[6], ARGV[6], ARGV[8])
else
  redis.call('HDEL', KEYS[6], ARGV[6])
end
return 1
