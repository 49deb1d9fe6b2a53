-- Leaves the half of what is known of a template message, unless a half is there.
--
-- KEYS[1] template message's number
-- ARGV[1] half, ARGV[2] for how many milliseconds
--
-- Returns the half that was there, or nil: then this one is kept. (SET with NX and GET in one needs Redis 7.)
local was = redis.call('GET', KEYS[1])
if was then return was end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return nil
