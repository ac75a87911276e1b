#!lua flags=no-writes
-- Single entries of a log, each with what was done to it since; those that are not kept any more are left out.
--
-- KEYS  1 log  2 head  3 overlay  4 members (only looked at when ARGV 1 is set)
-- ARGV  1 user who must be a member, or ''  2.. sequences
-- reply { status, head seq, head n, head chain, head at, record, overlay or '', … }; status: 'ok', 'denied'
-- Reads only: safe to run as often as one likes.

--#include "entries.lua"

if ARGV[1] ~= '' and not redis.call('ZSCORE', KEYS[4], ARGV[1]) then return { 'denied', 0, 0, '0', 0 } end
local head = read_head(KEYS[2])
local entries = {}
for i = 2, #ARGV do
  local seq = ARGV[i]
  local found = redis.call('XRANGE', KEYS[1], seq .. '-0', seq .. '-0')[1]
  local record = found and found[2][2] or redis.call('HGET', KEYS[3], 'c' .. seq)
  if record then entries[#entries + 1] = { seq = tonumber(seq), record = record } end
end
local reply = { 'ok', head.seq, head.n, head.chain, head.at }
for _, entry in ipairs(add_overlays(KEYS[3], entries)) do
  reply[#reply + 1] = entry.record
  reply[#reply + 1] = entry.overlay
end
return reply
