#!lua
-- Makes somebody a member, or no longer one, and notes it in the room's log in the same step.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members
-- ARGV  1..7 the event, see logs/append.lua  8 'join' | 'invite' | 'leave'  9 who comes or goes  10 who does it
-- reply { 'ok' | 'duplicate', seq, n, at } ; 'duplicate' also when it was so already; { 'missing' } no such room;
-- { 'closed' } joining or leaving is not for this kind of room; { 'denied' } only members may invite
-- Safe to run twice: it is so already.

--#include "../logs/append.lua"

local kind = redis.call('HGET', KEYS[5], 'kind')
if not kind then return { 'missing' } end
local inside = redis.call('ZSCORE', KEYS[6], ARGV[9])
local change = ARGV[8]
if change == 'invite' and not redis.call('ZSCORE', KEYS[6], ARGV[10]) then return { 'denied' } end
if kind == 'direct' and change ~= 'join' then return { 'closed' } end
if change == 'join' and not inside and kind ~= 'channel' then return { 'closed' } end
if (inside and change ~= 'leave') or (not inside and change == 'leave') then
  return unchanged()
end
local written = append_event()
if written[1] ~= 'ok' then return written end
if change == 'leave' then
  redis.call('ZREM', KEYS[6], ARGV[9])
else
  redis.call('ZADD', KEYS[6], 0, ARGV[9])
end
return written
