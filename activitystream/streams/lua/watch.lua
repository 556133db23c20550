-- Write down from now on what happens to streams.
-- KEYS 1  the watched streams (a sorted set: until when, in microseconds), and the log's first member with 0: if
--         either of both sets is lost, to an eviction say, both begin anew
--      2  the log (a sorted set, see tell.lua)
-- ARGV 1  now, in microseconds
--      2  microseconds that a stream is watched
--      3  microseconds that events are kept
--      4  a random string: the rest of the log's name, if there is none
--      5… streams
-- Gives   the name of the log, the sequence number of its last event
local call = redis.call
local watched, log, now, watch = KEYS[1], KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2])

local id, first = identity(), call('ZRANGE', log, 0, 0)[1]
if not first or string.sub(first, 1, 9) ~= '=' .. id or not call('ZSCORE', watched, first) then
  call('DEL', log, watched) -- whoever watched finds its place lost, and says so again
  first = '=' .. id .. ARGV[4]
  call('ZADD', log, string.format('%.0f', now), first)
  call('ZADD', watched, 0, first)
end
local last = tonumber(call('ZRANGE', log, -1, -1, 'WITHSCORES')[2])

call('ZREMRANGEBYSCORE', watched, '(0', string.format('(%.0f', now))
for i = 5, #ARGV do
  if not call('ZSCORE', watched, ARGV[i]) then
    last = math.max(last + 1, now)
    call('ZADD', log, string.format('%.0f', last), ARGV[i] .. '\n^0\n')
  end
  call('ZADD', watched, string.format('%.0f', now + watch), ARGV[i])
end
call('PEXPIRE', watched, math.floor(watch / 1000))
call('PEXPIRE', log, math.floor((watch + tonumber(ARGV[3])) / 1000))
return {string.sub(first, 2), string.format('%.0f', last)}
