-- A page of a stream.
-- KEYS 1  the stream
-- ARGV 1  'newest', 'before' or 'after'
--      2  the cursor ('' for 'newest')
--      3  how many ids at most
--      4  the stream's time to live, in seconds
-- Gives   state, exhausted (0 or 1), note, ids newest first
local call, byte = redis.call, string.byte
local key, mode, cursor, limit = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])

local tail = call('LINDEX', key, -1)
if not tail or string.sub(tail, 2, 9) ~= identity() then return {'cold', 0, ''} end
if byte(tail) == 66 then return {'building', 0, ''} end
call('EXPIRE', key, ARGV[4])

local complete, note = byte(tail) == 67, string.sub(tail, 10)
local count = call('LLEN', key) - 1

local function older(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

-- How many ids are newer than the cursor, and 1 if the cursor itself is there, else 0.
local function place()
  local at = call('LPOS', key, cursor)
  if at then return at, 1 end
  local first, size = 0, 256
  while true do
    local entries = call('LRANGE', key, first, first + size - 1)
    for i = 1, #entries do
      if byte(entries[i]) > 57 or older(entries[i], cursor) then return first + i - 1, 0 end
    end
    if #entries < size then return count, 0 end
    first = first + size
  end
end

local start, stop, exhausted = 0, 0, false
if mode == 'before' then
  local newer = place()
  if not complete and newer == count then return {'beyond', 0, ''} end
  start, stop = math.max(newer - limit, 0), newer
  exhausted = start == 0
else
  if mode == 'after' then
    local newer, here = place()
    start = newer + here
  end
  if start == count and not complete then return {'beyond', 0, ''} end
  stop = math.min(start + limit, count)
  exhausted = complete and stop == count
end

local answer = {'warm', exhausted and 1 or 0, note}
if stop > start then
  local ids = call('LRANGE', key, start, stop - 1)
  for i = 1, #ids do answer[i + 3] = ids[i] end
end
return answer
