-- Reads what a new seal has to cover.
--
-- KEYS[1] what no seal covers yet, KEYS[2] seals, KEYS[3] something to write
-- ARGV[1] "1": replicas confirm what is written; then something is written, so that they confirm with it everything that is read here
--
-- Returns {the last seal or "", then pairs: ticket's number, what the seal covers of it}.
local out = {redis.call('LINDEX', KEYS[2], -1) or ''}
for _, v in ipairs(redis.call('HGETALL', KEYS[1])) do out[#out + 1] = v end
if ARGV[1] == '1' and #out > 1 then redis.call('SET', KEYS[3], '1', 'EX', '60') end
return out
