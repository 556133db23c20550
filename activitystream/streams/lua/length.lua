-- How many ids a stream holds, without its mark.
-- KEYS 1  the stream
-- Gives   the number; nil if the stream is cold
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail or string.sub(tail, 2, 9) ~= identity() then return false end
return redis.call('LLEN', KEYS[1]) - 1
