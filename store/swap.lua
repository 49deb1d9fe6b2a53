-- Puts a string in the place of another, or of nothing.
--
-- KEYS[1] where
-- ARGV[1] the other, ARGV[2] string, ARGV[3] for how many milliseconds
--
-- Returns 1, or 0 when there is something else: nothing is done.
local is = redis.call('GET', KEYS[1])
if is and is ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
