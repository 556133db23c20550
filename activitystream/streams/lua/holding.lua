-- Which of these ids are in streams.
-- KEYS  streams
-- ARGV  ids
-- Gives for each stream its ids among these; false if it is cold, or being built: then it says nothing yet
local answer, id = {}, identity()
for k = 1, #KEYS do
  local held = false
  local mark = redis.call('LINDEX', KEYS[k], -1)
  if mark and string.byte(mark) ~= 66 and string.sub(mark, 2, 9) == id then
    held = {}
    if #ARGV <= 20 then
      for i = 1, #ARGV do
        if redis.call('LPOS', KEYS[k], ARGV[i]) then held[#held + 1] = ARGV[i] end
      end
    else
      local there = {}
      for _, id in ipairs(redis.call('LRANGE', KEYS[k], 0, -2)) do there[id] = true end
      for i = 1, #ARGV do
        if there[ARGV[i]] then held[#held + 1] = ARGV[i] end
      end
    end
  end
  answer[k] = held
end
return answer
