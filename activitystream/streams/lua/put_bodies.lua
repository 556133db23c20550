-- Keep bodies of one shard.
-- KEYS 1  the shard's changes (see get_bodies.lua)
--      2… bodies
-- ARGV 1  the time to live of the changes, in seconds
--      2  the time to live of a body, in seconds
--      3… for each body: epoch and seq of its stamp, and its value
local state = redis.call('HMGET', KEYS[1], '', '#')
if not state[1] or not state[2] or string.sub(state[1], 1, 8) ~= identity() then return end
for k = 2, #KEYS do
  local at = 3 + (k - 2) * 3
  -- A stamp from another epoch, or from a future that a failover undid, says nothing here.
  if ARGV[at] == state[1] and tonumber(ARGV[at + 1]) <= tonumber(state[2]) then
    redis.call('SET', KEYS[k], ARGV[at + 2], 'EX', ARGV[2])
  end
end
-- Last: after a first write a script is not refused any more when the server is full.
redis.call('EXPIRE', KEYS[1], ARGV[1])
