#!lua
-- Saves a message for a user, or forgets it, and notes that in the user's own log.
--
-- KEYS  1..4 the log, see logs/append.lua  5 saved
-- ARGV  1..7 the event, see logs/append.lua  8 the message: 'room seq id'  9 '1' to save, '0' to forget
--       10 messages that one may save
-- reply { 'ok', seq, n, at }; { 'stale' } when it is so already; { 'full' } too many are saved
-- Safe to run twice: what is so already writes nothing.

--#include "../logs/append.lua"

local saved, message, on = KEYS[5], ARGV[8], ARGV[9] == '1'
if (redis.call('ZSCORE', saved, message) ~= false) == on then return { 'stale' } end
if on and redis.call('ZCARD', saved) >= tonumber(ARGV[10]) then return { 'full' } end
local written = append_event()
if written[1] ~= 'ok' then return written end
if on then redis.call('ZADD', saved, written[2], message) else redis.call('ZREM', saved, message) end
return written
