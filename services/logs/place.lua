#!lua flags=no-writes
-- Where a log stood when its message of that number was the newest: at the last event before the next message.
--
-- KEYS  1 log  2 head  3 overlay
-- ARGV  1 number of a message
-- reply sequence of that event; 0 when nothing of it is kept
-- Reads only: safe to run as often as one likes. By halving, so a long log takes some twenty reads.

--#include "entries.lua"

local wanted = tonumber(ARGV[1])
local head = read_head(KEYS[2])
if wanted >= head.n then return head.seq end

local function n_at(seq)
  local found = redis.call('XRANGE', KEYS[1], seq .. '-0', seq .. '-0')[1]
  local record = found and found[2][2] or redis.call('HGET', KEYS[3], 'c' .. seq)
  return record and tonumber(string.match(record, '^%d+ (%d+) '))
end

-- What is not kept any more came before all that is.
local before, after = 0, head.seq
while after - before > 1 do
  local middle = math.floor((before + after) / 2)
  local n = n_at(middle)
  if not n or n <= wanted then before = middle else after = middle end
end
return n_at(before) and before or 0
