-- Keeps what became of a template message.
--
-- KEYS[1] deliveries of the ticket of its letter, KEYS[2] channel of changes
-- ARGV[1] letter's id, ARGV[2] its delivery as it was read, ARGV[3] as it is now, ARGV[4] ticket's number or ""
--
-- Returns 1, or 0 when the delivery has changed: nothing is done.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] ~= '' then redis.call('PUBLISH', KEYS[2], ARGV[4]) end
return 1
