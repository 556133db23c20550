-- Take ids out of streams. A trimmed stream of which nothing is left says nothing: it is made cold.
-- KEYS  streams
-- ARGV  ids
for k = 1, #KEYS do
  for i = 1, #ARGV do
    redis.call('LREM', KEYS[k], 1, ARGV[i])
  end
  local head = redis.call('LINDEX', KEYS[k], 0)
  if head and string.byte(head) == 84 then redis.call('DEL', KEYS[k]) end
end
