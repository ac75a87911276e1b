#!lua
-- Moves a read mark and notes it in the user's own log, where all of their devices learn of it.
--
-- KEYS  1..4 the log, see logs/append.lua  5 reads  6 mentions  7 shown reads
-- ARGV  1..7 the event, see logs/append.lua; the script adds `n`, `mentions` and `back` to it
--       8 room  9 number of the newest message that is read
--       10 'on': read up to there; 'back': what comes after it is to be unread again
--       11 'on': the latest going back that the reader knows of, 0: none; 'back': number of the room's newest message
--       12 '1': nobody else is to learn of it, '0': they may
-- reply { 'ok', seq, n, at }; { 'stale' } when nothing had to change
-- Safe to run twice: a mark that does not move writes nothing. Reading moves a mark forward only. Going back is on
-- purpose, so a reading that was under way meanwhile must not undo it: one that names an older going back, or none, and
-- nothing that was written since, changes nothing.

--#include "../logs/append.lua"
--#include "marks.lua"

local room, n = ARGV[8], tonumber(ARGV[9])
local read, back, newest = read_mark(KEYS[5], room)
local goes_back = ARGV[10] == 'back'
if goes_back then
  local top = tonumber(ARGV[11])
  if read <= n and back > 0 and newest >= top then return { 'stale' } end
  n, newest = math.min(n, read), top
else
  if n <= read or (n <= newest and tonumber(ARGV[11]) < back) then return { 'stale' } end
end
local mentions = count_after(read_mentions(KEYS[6], room), n)
add_to_event('"n":' .. n .. ',"mentions":' .. mentions .. (goes_back and ',"back":true' or ''))
local written = append_event()
if written[1] ~= 'ok' then return written end
if goes_back then back = written[2] end
if ARGV[12] == '1' then
  -- Others go on seeing what they saw last.
  redis.call('HSETNX', KEYS[7], room, read)
else
  redis.call('HDEL', KEYS[7], room)
end
redis.call('HSET', KEYS[5], room, back > 0 and (n .. ' ' .. back .. ' ' .. newest) or n)
return written
