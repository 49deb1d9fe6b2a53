-- Adds a seal, unless another one came first.
--
-- KEYS[1] seals, KEYS[2] what no seal covers yet
-- ARGV[1] how many seals there are, ARGV[2] the new one, then pairs: ticket's number, what the seal covers of it
--
-- Returns 1, or 0 when there are more seals by now: nothing is done. A ticket that grew meanwhile stays uncovered.
if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
for i = 3, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[2], ARGV[i]) end
end
return 1
