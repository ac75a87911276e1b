#!lua
-- Notes in the user's own log, where all of their devices learn of it, whether they follow a thread and how far they have
-- read it.
--
-- KEYS  1..4 the log, see logs/append.lua  5 threads
-- ARGV  1..7 the event, see logs/append.lua; the script adds `on` and `read` to it  8 field of the thread: 'room seq id'
--       9 'follow' | 'unfollow' | 'read'  10 sequence of a reply up to which it is read  11 threads that one may follow
-- reply { 'ok', seq, n, at }; { 'stale' } when nothing had to change; { 'full' } one follows too many
-- Safe to run twice: what is so already writes nothing. A mark only moves forward.

--#include "../logs/append.lua"

local threads, thread, change, read = KEYS[5], ARGV[8], ARGV[9], tonumber(ARGV[10])
local known = redis.call('HGET', threads, thread)
local on = change ~= 'unfollow'
if change == 'follow' then
  if not known and redis.call('HLEN', threads) >= tonumber(ARGV[11]) then return { 'full' } end
elseif not known then
  return { 'stale' }
end
read = math.max(read, tonumber(known or '0'))
if on and known and read <= tonumber(known) then return { 'stale' } end
local written = append_event(nil, string.format(',"on":%s,"read":%.0f', tostring(on), read))
if written[1] ~= 'ok' then return written end
if on then redis.call('HSET', threads, thread, string.format('%.0f', read)) else redis.call('HDEL', threads, thread) end
return written
