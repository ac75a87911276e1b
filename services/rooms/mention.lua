#!lua
-- Notes that a message mentions a user, or does not any more, in the user's own log and in what is counted from it.
--
-- KEYS  1..4 the log, see logs/append.lua  5 reads  6 mentions
-- ARGV  1..7 the event, see logs/append.lua; the script adds `mentions` to it  8 room  9 number of the message
--       10 '1': it mentions the user, '0': it does not any more
-- reply { 'ok' | 'duplicate', seq, n, at }; { 'stale' } when it is so already
-- Safe to run twice: the id of the event follows from that of the message, and what is so already writes nothing.

--#include "../logs/append.lua"
--#include "marks.lua"

local room, n, on = ARGV[8], tonumber(ARGV[9]), ARGV[10] == '1'
local before = written_before()
if before then return before end

local list, there = {}, false
for _, number in ipairs(read_mentions(KEYS[6], room)) do
  if number == n then there = true else list[#list + 1] = number end
end
if there == on then return { 'stale' } end
if on then
  list[#list + 1] = n
  table.sort(list)
  while #list > kept_mentions do table.remove(list, 1) end
end
add_to_event('"mentions":' .. count_after(list, (read_mark(KEYS[5], room))))
local written = append_event()
if written[1] ~= 'ok' then return written end
if #list == 0 then redis.call('HDEL', KEYS[6], room) else redis.call('HSET', KEYS[6], room, table.concat(list, ',')) end
return written
