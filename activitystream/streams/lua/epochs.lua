-- The epoch of each name, made if there is none.
-- KEYS    epochs
-- ARGV 1  a random string
--      2  time to live, in seconds
-- Gives   the epochs, each with the server's identity, in the order of KEYS
local answer, id = {}, identity()
for k = 1, #KEYS do
  local epoch = redis.call('GET', KEYS[k])
  if epoch then
    redis.call('EXPIRE', KEYS[k], ARGV[2])
  else
    epoch = ARGV[1]
    redis.call('SET', KEYS[k], epoch, 'EX', ARGV[2])
  end
  answer[k] = epoch .. id
end
return answer
