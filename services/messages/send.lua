#!lua
-- Appends a message to a room's log if its author may write there.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members  7 time of the author's last message
-- ARGV  1..7 the event, see logs/append.lua  8 author  9 the same when they must be a member, or '' for the lobby
-- reply { 'ok' | 'duplicate', seq, n, at }, the latter also for an author who has left since; { 'missing' } no such room;
-- { 'denied' } not a member; { 'archived' }; { 'muted', until }; { 'slow', ms that are left }: see rooms/may-write.lua
-- Safe to run twice: see logs/append.lua.

--#include "../logs/append.lua"
--#include "../rooms/may-write.lua"

if ARGV[9] ~= '' and not redis.call('ZSCORE', KEYS[6], ARGV[9]) then
  local before = written_before()
  if before and before[1] == 'duplicate' then return before end
  return { redis.call('EXISTS', KEYS[5]) == 1 and 'denied' or 'missing' }
end
local pace = { key = KEYS[7] }
local written = append_event(writing_refusal(KEYS[5], ARGV[8], pace))
if pace.slow_ms and written[1] == 'ok' then
  redis.call('SET', pace.key, string.format('%.0f', written[4]), 'PX', pace.slow_ms)
end
return written
