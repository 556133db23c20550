-- The valid ones among some bodies of one shard.
-- KEYS 1   the shard's changes (a hash: '' the epoch, which begins with the server's identity, '#' the count of changes, '=<ref>' the last change of a ref)
--      2…  bodies, each '<epoch> <seq> <length of ref> …\n<ref>…<payload>'
-- ARGV 1   a random string: the rest of the epoch, if there is none
--      2   the time to live of the changes, in seconds
-- Gives    the stamp '<epoch>:<seq>', then for each body its payload, or nil
local call, sub, find = redis.call, string.sub, string.find
local changes = KEYS[1]

local state = call('HMGET', changes, '', '#')
local epoch, seq, id = state[1], state[2], identity()
-- New, evicted, expired, or another server's: no body is known to be valid.
if not epoch or not seq or sub(epoch, 1, 8) ~= id then
  call('DEL', changes)
  epoch, seq = id .. ARGV[1], '0'
  call('HSET', changes, '', epoch, '#', seq)
end
call('EXPIRE', changes, ARGV[2])

local answer = {epoch .. ':' .. seq}
local bodies = #KEYS > 1 and call('MGET', unpack(KEYS, 2)) or {}
local asked, fields, places = {}, {}, {} -- places[ref]: its index in fields

for b = 1, #KEYS - 1 do
  answer[b + 1] = false
  local body = bodies[b]
  local line = body and find(body, '\n', 1, true)
  if line then
    local its_epoch, its_seq, lengths = string.match(sub(body, 1, line - 1), '^(%S+) (%d+)(.*)$')
    if its_epoch == epoch then
      local refs, at = {}, line + 1
      for length in string.gmatch(lengths, '%d+') do
        local ref = '=' .. sub(body, at, at + length - 1)
        at = at + length
        if not places[ref] then
          fields[#fields + 1] = ref
          places[ref] = #fields
        end
        refs[#refs + 1] = places[ref]
      end
      asked[#asked + 1] = {b, tonumber(its_seq), refs, at}
    end
  end
end

local changed = {}
for first = 1, #fields, 1000 do
  local last = math.min(first + 999, #fields)
  local part = call('HMGET', changes, unpack(fields, first, last))
  for i = 1, last - first + 1 do changed[first + i - 1] = part[i] end
end

for _, body in ipairs(asked) do
  local valid = true
  for _, place in ipairs(body[3]) do
    local at = changed[place]
    if at and tonumber(at) > body[2] then valid = false end
  end
  if valid then answer[body[1] + 1] = sub(bodies[body[1]], body[4]) end
end
return answer
