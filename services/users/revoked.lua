#!lua flags=no-writes
-- Which of many sessions have been revoked.
--
-- KEYS  for each session: the revoked sessions of its user; in a cluster, all in one slot
-- ARGV  the sessions
-- reply for each 1, or 0 when it stands
-- Reads only: safe to run as often as one likes.

local replies = {}
for i, key in ipairs(KEYS) do replies[i] = redis.call('ZSCORE', key, ARGV[i]) and 1 or 0 end
return replies
