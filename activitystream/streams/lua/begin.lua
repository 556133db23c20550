-- Start to rebuild a stream: from now on it exists, and what is added is kept.
-- KEYS 1  the stream
-- ARGV 1  the rebuild's token
--      2  milliseconds after which a rebuild that did not finish is given up
-- Gives   1 if the rebuild of this token is under way now, else 0
local id, tail = identity(), redis.call('LINDEX', KEYS[1], -1)
local mark = 'B' .. id .. ARGV[1]
if tail then
  if string.sub(tail, 2, 9) == id then return tail == mark and 1 or 0 end
  redis.call('UNLINK', KEYS[1])
end
redis.call('RPUSH', KEYS[1], mark)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
