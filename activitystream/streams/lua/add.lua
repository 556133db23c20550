-- Write ids to streams, each at its place; a cold stream is skipped.
-- KEYS    streams
-- ARGV 1  the length to trim to
--      2  the length past which to trim (0: never)
--      3… ids, ascending
-- The last entry of a stream is its mark: B… being built, C… complete, T… trimmed; after the letter come the 8
-- digits of `identity` (see _identity.lua). They are not asked for here: a stream of another server's data is
-- written to like any other, so that one of a slot that moves away and back stays whole.
-- Ids have 63 bits and a Lua number has 53: they are compared as strings, by length, then bytewise.
local call, byte = redis.call, string.byte
local max, limit = tonumber(ARGV[1]), tonumber(ARGV[2])

local function older(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

-- The length after `id` was put before the first older entry or the mark; nil if it was not.
local function insert(key, id)
  local first, size = 0, 16
  while true do
    local entries = call('LRANGE', key, first, first + size - 1)
    for i = 1, #entries do
      local entry = entries[i]
      if entry == id then return nil end
      if byte(entry) == 84 then return nil end -- past the end of a trimmed stream: SQL has it
      if byte(entry) > 57 or older(entry, id) then return call('LINSERT', key, 'BEFORE', entry, id) end
    end
    if #entries < size then return nil end
    first, size = first + size, 256
  end
end

for k = 1, #KEYS do
  local key = KEYS[k]
  local head = call('LINDEX', key, 0)
  if head then
    local length = 0
    for i = 3, #ARGV do
      local id = ARGV[i]
      if byte(head) > 57 or older(head, id) then -- a mark begins with a letter
        length = call('LPUSH', key, id)
        head = id
      elseif head ~= id then
        length = insert(key, id) or length
      end
    end
    if limit > 0 and length > limit then
      local mark = call('LINDEX', key, -1)
      if byte(mark) ~= 66 then -- not while being built
        call('LTRIM', key, 0, max - 1)
        call('RPUSH', key, 'T' .. string.sub(mark, 2))
      end
    end
  end
end
