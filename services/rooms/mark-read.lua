#!lua
-- Moves a read mark forward and notes it in the user's own log, where all of their devices learn of it.
--
-- KEYS  1..4 the log, see logs/append.lua  5 reads
-- ARGV  1..7 the event, see logs/append.lua  8 room  9 number of the newest message that was read
-- reply { 'ok', seq, n, at }; { 'stale' } when that much was read already
-- Safe to run twice: a mark never moves back, and one that does not move writes nothing.

--#include "../logs/append.lua"

if tonumber(redis.call('HGET', KEYS[5], ARGV[8]) or '0') >= tonumber(ARGV[9]) then return { 'stale' } end
local written = append_event()
if written[1] == 'ok' then redis.call('HSET', KEYS[5], ARGV[8], ARGV[9]) end
return written
