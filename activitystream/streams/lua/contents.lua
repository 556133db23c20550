-- All of a stream.
-- KEYS 1  the stream
-- Gives   its entries and its mark, without the identity in it; nothing if the stream is cold
local entries = redis.call('LRANGE', KEYS[1], 0, -1)
local mark = entries[#entries]
if not mark or string.sub(mark, 2, 9) ~= identity() then return {} end
entries[#entries] = string.sub(mark, 1, 1) .. string.sub(mark, 10)
return entries
