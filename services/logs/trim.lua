#!lua flags=allow-oom
-- Cuts the oldest entries of a log that are over its history limits, at most a few hundred at a time so that nobody
-- waits for it. The head stays: sequence, message number and chain go on.
--
-- KEYS  1 log  2 head  3 overlay
-- ARGV  1 most entries to keep (0: all)  2 greatest age in ms (0: any)  3 entries to cut, at most
-- reply: how many were cut; as many as allowed means that there may be more
-- Safe to run twice: what is cut is gone, the second run finds nothing over the limits.

--#include "entries.lua"

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local keep, age, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local head = read_head(KEYS[2])
local last
local cut = 0
local fields = {}
for _, found in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', most)) do
  local seq = entry_seq(found)
  local at = tonumber((string.match(found[2][2], '^%d+ %d+ (%d+) ')))
  local over = (keep > 0 and seq <= head.seq - keep) or (age > 0 and at < now - age)
  if not over then break end
  last = seq
  cut = cut + 1
end
if not last then return 0 end
for seq = tonumber(redis.call('HGET', KEYS[2], 'trimmed') or '0') + 1, last do
  fields[#fields + 1] = seq
  fields[#fields + 1] = 'c' .. seq
  if #fields >= 1000 then
    redis.call('HDEL', KEYS[3], unpack(fields))
    fields = {}
  end
end
if #fields > 0 then redis.call('HDEL', KEYS[3], unpack(fields)) end
redis.call('XTRIM', KEYS[1], 'MINID', (last + 1) .. '-0')
redis.call('HSET', KEYS[2], 'trimmed', last)
return cut
