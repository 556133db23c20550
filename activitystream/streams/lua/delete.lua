-- Make streams cold.
-- KEYS  streams (1,000 at most)
redis.call('UNLINK', unpack(KEYS))
