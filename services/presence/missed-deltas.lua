#!lua flags=no-writes
-- The deltas after a position, and where the newest is.
--
-- KEYS  1 deltas  2 head  3 published
-- ARGV  1 sequence  2 chain of the newest delta that is known  3 limit
-- reply { 'ok', seq, chain, count, number of a delta, its record, ... }: the deltas that follow, if there are any;
--       { 'cut', seq, chain, count } when they are not there any more or the history is another one: start over
--       seq and chain are those of the newest delta, count is how many were online with it
-- Reads only.

local newest = redis.call('HMGET', KEYS[2], 'seq', 'chain')
local seq, chain = tonumber(newest[1] or '0'), newest[2] or '0'
local from, known = tonumber(ARGV[1]), ARGV[2]
local reply = { 'ok', seq, chain, redis.call('HLEN', KEYS[3]) }
if from == seq and known == chain then return reply end
local entries = {}
if from < seq then entries = redis.call('XRANGE', KEYS[1], (from + 1) .. '-0', '+', 'COUNT', ARGV[3]) end
local first = entries[1]
-- The first one must follow directly, upon the very history that is known.
if not first or first[1] ~= (from + 1) .. '-0' or string.match(first[2][2], '^%S+') ~= known then
  reply[1] = 'cut'
  return reply
end
for _, entry in ipairs(entries) do
  reply[#reply + 1] = string.match(entry[1], '^%d+')
  reply[#reply + 1] = entry[2][2]
end
return reply
