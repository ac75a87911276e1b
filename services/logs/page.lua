#!lua flags=no-writes
-- One stretch of a log for a page of history: entries next to a place, newest first or oldest first, until enough of
-- them are messages.
--
-- KEYS  1 log  2 head  3 overlay  4 members (only looked at when ARGV 5 is set)
-- ARGV  1 'older' | 'newer'  2 sequence that the stretch starts beside (exclusive); 'older' with 0 means from the head
--       3 messages wanted  4 entries to look at, at most  5 user who must be a member, or ''  6 bytes of messages, at
--       most; the first message may have more
-- reply { status, head seq, head n, head chain, head at, more (0|1), last sequence looked at, record, overlay or '', … }
-- status: 'ok', 'full' (the bytes are used up), 'denied'. `more`: there is a further message in the direction of reading; or, after as many entries as
-- may be looked at, there may be one.
-- Reads only: safe to run as often as one likes.

--#include "entries.lua"

if ARGV[5] ~= '' and not redis.call('ZSCORE', KEYS[4], ARGV[5]) then return { 'denied', 0, 0, '0', 0, 0, 0 } end
local head = read_head(KEYS[2])
local older = ARGV[1] == 'older'
local place = tonumber(ARGV[2])
local wanted, budget = tonumber(ARGV[3]), tonumber(ARGV[4])
if older and (place == 0 or place > head.seq + 1) then place = head.seq + 1 end

-- What is left in the stream starts here; a stand-in is always beside a kept neighbour or the start of the stream.
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local first = oldest and entry_seq(oldest) or head.seq + 1
local trimmed = tonumber(redis.call('HGET', KEYS[2], 'trimmed') or '0')
if trimmed + 1 < first then first = trimmed + 1 end

local entries, messages, bytes, most, broken, more = {}, 0, 0, tonumber(ARGV[6]), false, 0
local status = 'ok'
local step = math.max(100, wanted + 1)
-- Looks for one message beyond the page, because there may be other events after the last one.
while more == 0 and budget > 0 do
  local from, to
  if older then
    to = place - 1
    from = math.max(first, to - step + 1)
  else
    from = math.max(first, place + 1)
    to = math.min(head.seq, from + step - 1)
  end
  if from > to then break end
  local stretch = read_dense(KEYS[1], KEYS[3], from, to)
  if not stretch then
    broken = true
    break
  end
  local start, stop, by = 1, #stretch, 1
  if older then start, stop, by = #stretch, 1, -1 end
  for i = start, stop, by do
    local entry = stretch[i]
    place = entry.seq
    budget = budget - 1
    if string.find(entry.record, '^%d+ %d+ %d+ %x+ %x+ message ') then
      bytes = bytes + #entry.record + #entry.overlay
      if messages == wanted or (messages > 0 and bytes > most) then
        if messages < wanted then status = 'full' end
        more = 1
        break
      end
      entries[#entries + 1] = entry
      messages = messages + 1
    end
  end
end

if not broken and budget <= 0 and (older and place > first or not older and place < head.seq) then more = 1 end
local reply = { status, head.seq, head.n, head.chain, head.at, more, place }
for _, entry in ipairs(entries) do
  reply[#reply + 1] = entry.record
  reply[#reply + 1] = entry.overlay
end
return reply
