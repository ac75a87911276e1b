#!lua
-- Appends a message to a room's log if its author may write there.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members
-- ARGV  1..7 the event, see logs/append.lua  8 author who must be a member, or '' for the lobby
-- reply { 'ok' | 'duplicate', seq, n, at }, the latter also for an author who has left since; { 'missing' } no such room;
-- { 'denied' } not a member
-- Safe to run twice: see logs/append.lua.

--#include "../logs/append.lua"

if ARGV[8] ~= '' and not redis.call('ZSCORE', KEYS[6], ARGV[8]) then
  local before = written_before()
  if before and before[1] == 'duplicate' then return before end
  return { redis.call('EXISTS', KEYS[5]) == 1 and 'denied' or 'missing' }
end
return append_event()
