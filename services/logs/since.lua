#!lua flags=no-writes
-- Everything after a cursor, or the word that the cursor does not fit, for one log or several. The one way in which repair
-- and sync read.
--
-- For each log:
-- KEYS  1 log  2 head  3 overlay  4 members (only looked at when ARGV 5 is set)
-- ARGV  1 sequence of the cursor  2 chain of the cursor  3 most entries  4 most bytes  5 user who must be a member, or ''
-- reply for each log { status, head seq, head n, head chain, head at, more (0|1), record, overlay or '', record, … }
-- status: 'ok'; 'reset' when the history behind the cursor is not (or no longer) this one; 'denied'
-- Reads only: safe to run as often as one likes.

--#include "entries.lua"

local function since(log, head_key, overlay, members, seq, chain, most_entries, most_bytes, member)
  if member ~= '' and not redis.call('ZSCORE', members, member) then return { 'denied', 0, 0, '0', 0, 0 } end
  local head = read_head(head_key)
  local reset = { 'reset', head.seq, head.n, head.chain, head.at, 0 }

  if seq > head.seq then return reset end
  if seq == head.seq then
    if chain ~= head.chain then return reset end
    return { 'ok', head.seq, head.n, head.chain, head.at, 0 }
  end

  local entries = read_dense(log, overlay, seq + 1, math.min(head.seq, seq + most_entries))
  -- The first missed event names the chain that it was appended to: it fits, or what came before was another history.
  if not entries or chain_before(entries[1].record) ~= chain then return reset end

  local reply = { 'ok', head.seq, head.n, head.chain, head.at, 0 }
  local bytes, last = 0, seq
  for _, entry in ipairs(entries) do
    bytes = bytes + #entry.record
    if bytes > most_bytes and last > seq then break end
    reply[#reply + 1] = entry.record
    reply[#reply + 1] = entry.overlay
    last = entry.seq
  end
  if last < head.seq then reply[6] = 1 end
  return reply
end

local replies = {}
for i = 1, #KEYS / 4 do
  local log, head_key, overlay, members = unpack(KEYS, i * 4 - 3, i * 4)
  local seq, chain, most_entries, most_bytes, member = unpack(ARGV, i * 5 - 4, i * 5)
  replies[i] = since(
    log, head_key, overlay, members, tonumber(seq), chain, tonumber(most_entries), tonumber(most_bytes), member)
end
return replies
