-- Merge the query's answer with what was added since the rebuild began, and make the stream warm.
-- KEYS 1  the stream
-- ARGV 1  the rebuild's token
--      2  1 if the query gives nothing older than these ids, else 0
--      3  the length to trim to (0: do not)
--      4  the stream's time to live, in seconds
--      5  the note to keep in its mark
--      6… ids, newest first, each once
-- Gives   1 if the stream is warm now, else 0
local call = redis.call
local key, complete, max = KEYS[1], ARGV[2] == '1', tonumber(ARGV[3])

local id = identity()
if call('LINDEX', key, -1) ~= 'B' .. id .. ARGV[1] then return 0 end

local function older(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

local arrived = call('LRANGE', key, 0, -2)
local merged, a, q = {}, 1, 6
while a <= #arrived or q <= #ARGV do
  local new, known = arrived[a], ARGV[q]
  if new and known and new == known then
    merged[#merged + 1] = new
    a, q = a + 1, q + 1
  elseif known and (not new or older(new, known)) then
    merged[#merged + 1] = known
    q = q + 1
  elseif known or complete then
    merged[#merged + 1] = new
    a = a + 1
  else
    break -- older than an answer that is not all: between them there may be ids that only SQL has
  end
end

local count = #merged
if max > 0 and count > max then
  count, complete = max, false
end
call('DEL', key)
if count == 0 and not complete then return 0 end
count = count + 1
merged[count] = (complete and 'C' or 'T') .. id .. ARGV[5]
for first = 1, count, 1000 do
  call('RPUSH', key, unpack(merged, first, math.min(first + 999, count)))
end
call('EXPIRE', key, ARGV[4])
return 1
