-- Write down what happened to those of these streams that are watched.
-- KEYS 1  the watched streams (see watch.lua)
--      2  the log: a sorted set of '<stream>\n<kind><id>\n<note>' by sequence number, which is the time in
--         microseconds or one more than the last. Its first member is '=<name>', and the name begins with the server's
--         identity: what is older is not kept
-- ARGV 1  now, in microseconds
--      2  microseconds that events are kept
--      3  how many are kept at most
--      4  the channel on which those who wait are woken
--      5  the kind
--      6  a note
--      7  how many ids
--      8… ids, then streams
local call = redis.call
local watched, log, now, kind = KEYS[1], KEYS[2], tonumber(ARGV[1]), ARGV[5]
local ids = tonumber(ARGV[7])

local first = call('ZRANGE', log, 0, 0)[1]
if not first or string.sub(first, 1, 9) ~= '=' .. identity() then return 0 end -- who watched finds it gone
local last = tonumber(call('ZRANGE', log, -1, -1, 'WITHSCORES')[2])

local count = 0
for s = 8 + ids, #ARGV do
  local till = call('ZSCORE', watched, ARGV[s])
  if till and tonumber(till) >= now then
    for i = 8, 7 + ids do
      local member = ARGV[s] .. '\n' .. kind .. ARGV[i] .. '\n' .. ARGV[6]
      if kind ~= '+' or not call('ZSCORE', log, member) then
        last = math.max(last + 1, now)
        call('ZADD', log, string.format('%.0f', last), member)
        count = count + 1
      end
    end
  end
end
if count == 0 then return 0 end

-- Forget what is old or too much; the first member moves to where the log begins now.
local over = call('ZCARD', log) - 1 - tonumber(ARGV[3])
local from = now - tonumber(ARGV[2])
if over > 0 then
  from = math.max(from, tonumber(call('ZRANGE', log, over, over, 'WITHSCORES')[2]))
end
local start = call('ZSCORE', log, first)
if tonumber(start) < from then
  local gone = call('ZREVRANGEBYSCORE', log, string.format('%.0f', from), '(' .. start, 'WITHSCORES', 'LIMIT', 0, 1)
  if gone[2] then
    call('ZREMRANGEBYSCORE', log, '(' .. start, gone[2])
    call('ZADD', log, gone[2], first)
  end
end
call('PUBLISH', ARGV[4], count)
return count
