#!lua
-- Pins a message to its room, or takes the pin away.
--
-- KEYS  1..4 the log, see logs/append.lua  5 overlay  6 meta  7 members  8 pins
-- ARGV  1..7 the event, see logs/append.lua  8 who pins  9 the same when they must be a member, or '' for the lobby
--       10 sequence of the message  11 its id  12 '1' to pin, '0' to take the pin away  13 pins that a room may have
-- reply { 'ok' | 'duplicate', seq, n, at }, the latter also when it is so already; nothing is written with
-- { 'missing' } no such room; { 'denied' } not a member; { 'elsewhere' } that message is not at that place;
-- { 'deleted' } it is deleted; { 'pinned-out' } too many pins; { 'archived' }, { 'muted', until }: see rooms/may-write.lua
-- Safe to run twice: what is so already writes nothing.

--#include "../logs/append.lua"
--#include "../rooms/may-write.lua"
--#include "threads.lua"

local before = written_before()
if before and before[1] == 'duplicate' then return before end
if ARGV[9] ~= '' and not redis.call('ZSCORE', KEYS[7], ARGV[9]) then
  return { redis.call('EXISTS', KEYS[6]) == 1 and 'denied' or 'missing' }
end
local message = message_at(KEYS[1], KEYS[5], ARGV[10])
if not message or message.type ~= 'message' or message.id ~= ARGV[11] then return { 'elsewhere' } end

local pins, seq, on = KEYS[8], ARGV[10], ARGV[12] == '1'
if (redis.call('ZSCORE', pins, seq) ~= false) == on then return unchanged() end
if on then
  if message.deleted then return { 'deleted' } end
  -- Pins of messages that are not kept any more go first.
  for _, pinned in ipairs(redis.call('ZRANGE', pins, 0, -1)) do
    if not message_at(KEYS[1], KEYS[5], pinned) then redis.call('ZREM', pins, pinned) end
  end
  if redis.call('ZCARD', pins) >= tonumber(ARGV[13]) then return { 'pinned-out' } end
end
local written = append_event(writing_refusal(KEYS[6], ARGV[8]))
if written[1] ~= 'ok' then return written end
if on then redis.call('ZADD', pins, written[2], seq) else redis.call('ZREM', pins, seq) end
return written
