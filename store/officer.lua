-- Writes an officer back, unless somebody else did meanwhile.
--
-- KEYS[1] officers by id; ARGV[1] id, ARGV[2] the record as it was read, ARGV[3] the new one
-- Returns 1, or 0 when the record is another by now: nothing is done.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
