#!lua flags=no-writes
-- Which of many logs are not where those who follow them believe. Nearly all are: nothing is answered for them.
--
-- KEYS  the head of each; in a cluster, all in one slot
-- ARGV  for each: '<seq> <chain>' as it is believed to be
-- reply for each: nothing when it is so, else { seq, n, chain, at }
-- Reads only: safe to run as often as one likes.

local replies = {}
for i, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'seq', 'chain', 'n', 'at')
  local seq, chain = head[1] or '0', head[2] or '0'
  replies[i] = seq .. ' ' .. chain ~= ARGV[i] and { seq, head[3] or '0', chain, head[4] or '0' }
end
return replies
