-- Adds a seal, unless another one came first.
--
-- KEYS[1] seals, KEYS[2] what no seal covers yet
-- ARGV[1] the last seal as it was read, or "", ARGV[2] the new one, ARGV[3] how many stay here at most, 0 for all, then pairs: ticket's number, what
--         the seal covers of it
--
-- Returns 1, or 0 when there are other seals by now: nothing is done. A ticket that grew meanwhile stays uncovered.
if (redis.call('LINDEX', KEYS[1], -1) or '') ~= ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
if ARGV[3] ~= '0' then redis.call('LTRIM', KEYS[1], -tonumber(ARGV[3]), -1) end
for i = 4, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[2], ARGV[i]) end
end
return 1
