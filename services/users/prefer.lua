#!lua
-- Changes what a user chose for all of their devices, and notes it in their own log, where these learn of it.
--
-- KEYS  1..4 the log, see logs/append.lua  5 preferences
-- ARGV  1..7 the event, see logs/append.lua  8 name of the preference  9 what it is to be
-- reply { 'ok', seq, n, at }; { 'stale' } when it is so already
-- Safe to run twice: what is so already writes nothing.

--#include "../logs/append.lua"

if redis.call('HGET', KEYS[5], ARGV[8]) == ARGV[9] then return { 'stale' } end
local written = append_event()
if written[1] == 'ok' then redis.call('HSET', KEYS[5], ARGV[8], ARGV[9]) end
return written
