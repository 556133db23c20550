-- Make the bodies of one shard that have one of these refs invalid.
-- KEYS 1  the shard's changes (see get_bodies.lua)
-- ARGV 1  the time to live of the changes, in seconds
--      2  how many refs are remembered at most: past it all bodies are invalid
--      3… refs, each with a leading '='
-- Without changes there is no epoch, and no body of the shard is valid: then there is nothing to do. Changes of
-- another server's data say nothing; to delete them needs no memory.
local key = KEYS[1]
local epoch = redis.pcall('HGET', key, '')
if type(epoch) ~= 'string' or string.sub(epoch, 1, 8) ~= identity() then
  redis.call('UNLINK', key)
  return
end

local function note()
  local seq = redis.pcall('HINCRBY', key, '#', 1)
  if type(seq) ~= 'number' then return false end
  for i = 3, #ARGV do
    local done = redis.pcall('HSET', key, ARGV[i], seq)
    if type(done) ~= 'number' then return false end
  end
  return redis.call('HLEN', key) <= tonumber(ARGV[2]) + 2
end

-- Too many, or no memory left for them: forget everything, which is always possible.
if note() then
  redis.call('EXPIRE', key, ARGV[1])
else
  redis.call('UNLINK', key)
end
