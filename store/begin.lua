-- Writes down how far the oldest letter under way to a resident has come, before its next piece is sent: for the holder of the lease.
--
-- KEYS[1] leases, KEYS[2] deliveries of the letter's ticket
-- ARGV[1] openid, ARGV[2] fence, ARGV[3] letter's id, ARGV[4] delivery
--
-- Returns 1; or 0 when nothing is done: the lease is somebody else's by now.
if redis.call('HGET', KEYS[1], 'letter:' .. ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[3]) -- first: a script that has written may go on although memory is full, and this takes none
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
return 1
