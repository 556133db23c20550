-- Put before every script that calls it. Gives 8 hex digits that stand for the data of the server that runs it.
-- The replication id of a primary is another after every start and every promotion. What was written under
-- another id may lack changes that were acknowledged since: it counts as absent.
-- Where the server refuses INFO to scripts, all ids are '00000000': nothing is noticed.
local function identity()
  local info = redis.pcall('INFO', 'replication')
  local _, at
  if type(info) == 'string' then _, at = string.find(info, 'master_replid:', 1, true) end
  return at and string.sub(info, at + 1, at + 8) or '00000000'
end
