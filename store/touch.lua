-- Writes something of no meaning, so that its confirmation by replicas covers everything written before it.
--
-- KEYS[1] what to write
-- Returns 1.
redis.call('SET', KEYS[1], '1', 'EX', '60')
return 1
