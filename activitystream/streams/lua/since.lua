-- What happened after a place in the log.
-- KEYS 1  the log (see tell.lua)
--      2  the watched streams (see watch.lua)
-- ARGV 1  the name of the log that is meant
--      2  the sequence number after which to begin
--      3  how many at most
-- Gives   1 if it is lost (another log, or not all is kept), the name, where to begin anew; or
--         0, the name, the sequence number of the last event, then events and their sequence numbers in turn
local call = redis.call
local first = call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[1] or string.sub(first[1], 1, 9) ~= '=' .. identity() or not call('ZSCORE', KEYS[2], first[1]) then
  return {1, '', '0'} -- what happened since the streams were lost was not written down
end
local name = string.sub(first[1], 2)
local last = call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if name ~= ARGV[1] or tonumber(ARGV[2]) < tonumber(first[2]) then
  return {1, name, string.format('%.0f', tonumber(last))}
end
local found = call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local answer = {0, name, string.format('%.0f', tonumber(last))}
for i = 1, #found, 2 do
  answer[#answer + 1] = found[i]
  answer[#answer + 1] = string.format('%.0f', tonumber(found[i + 1]))
end
return answer
