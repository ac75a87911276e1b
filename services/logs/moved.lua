#!lua flags=no-writes
-- Which of many logs are not where those who follow them believe. Nearly all are: nothing is answered for them.
--
-- KEYS  the head of each; in a cluster, all in one slot
-- ARGV  for each: '<seq> <chain>' as it is believed to be
-- reply for each: nothing when it is so, else { seq, n, chain, at }, as the head has them
-- Reads only: safe to run as often as one likes.

local replies = {}
for i, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'seq', 'n', 'chain', 'at')
  replies[i] = (head[1] or '0') .. ' ' .. (head[3] or '0') ~= ARGV[i] and head
end
return replies
