-- Folds a ticket that is over: puts its packed form in the place of its parts, unless it moved since they were read.
--
-- KEYS[1] the ticket, KEYS[2] its entries, KEYS[3] its deliveries, KEYS[4] tickets to fold, KEYS[5] what no seal covers yet
-- ARGV[1] ticket's number, ARGV[2] field v as it was read, ARGV[3] field p as it was read or "", ARGV[4] how many entries were read
-- ARGV[5] the packed form, then pairs: letter's id, its delivery as it was read, of those that are packed
--
-- Returns 1, or 0 when anything of it is otherwise by now or no seal covers it: nothing is done.
if (redis.call('HGET', KEYS[1], 'v') or '') ~= ARGV[2] or (redis.call('HGET', KEYS[1], 'p') or '') ~= ARGV[3] then return 0 end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[4]) or redis.call('HEXISTS', KEYS[5], ARGV[1]) == 1 then return 0 end
for i = 6, #ARGV, 2 do
  if redis.call('HGET', KEYS[3], ARGV[i]) ~= ARGV[i + 1] then return 0 end
end
redis.call('HSET', KEYS[1], 'p', ARGV[5])
redis.call('HDEL', KEYS[1], 'h')
redis.call('DEL', KEYS[2])
for i = 6, #ARGV, 2 do redis.call('HDEL', KEYS[3], ARGV[i]) end
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
