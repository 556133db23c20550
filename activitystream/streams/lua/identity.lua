-- The identity of the server.
-- KEYS 1  a key of the node that is meant
-- Gives   8 hex digits; '00000000' if it does not tell
return identity()
