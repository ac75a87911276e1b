#!lua flags=no-writes
-- Small reads of many callers in one command.
--
-- KEYS  one for each read; in a cluster, all in one slot
-- ARGV  for each read: its command, how many arguments follow, these
-- reply what each read answers
-- Reads only: safe to run as often as one likes.

local replies, at = {}, 1
for i, key in ipairs(KEYS) do
  local count = tonumber(ARGV[at + 1])
  replies[i] = redis.call(ARGV[at], key, unpack(ARGV, at + 2, at + 1 + count))
  at = at + 2 + count
end
return replies
