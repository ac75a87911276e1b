#!lua
-- Makes somebody a member, or no longer one, and notes it in the room's log in the same step.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members  7 bans
-- ARGV  1..7 the event, see logs/append.lua  8 'join' | 'invite' | 'leave'  9 who comes or goes  10 who does it
-- reply { 'ok' | 'duplicate', seq, n, at } ; 'duplicate' also when it was so already; { 'missing' } no such room;
-- { 'closed' } joining or leaving is not for this kind of room; { 'denied' } only members may invite; { 'archived' } nobody
-- comes into an archived room; { 'banned', until } they are kept out, 0 for ever
-- Safe to run twice: it is so already.
--
-- A room that people are in has an owner: when the last one goes it is passed on, and whoever comes into an empty room
-- has it. The event says so as `owner`.

--#include "../logs/append.lua"
--#include "roles.lua"

local change, whom = ARGV[8], ARGV[9]
local room = redis.call('HMGET', KEYS[5], 'kind', 'archived')
local kind = room[1]
if not kind then return { 'missing' } end
local inside = redis.call('ZSCORE', KEYS[6], whom)
if change == 'invite' and not redis.call('ZSCORE', KEYS[6], ARGV[10]) then return { 'denied' } end
if kind == 'direct' and change ~= 'join' then return { 'closed' } end
if change == 'join' and not inside and kind ~= 'channel' then return { 'closed' } end
if (inside and change ~= 'leave') or (not inside and change == 'leave') then
  return unchanged()
end

local owner
if change == 'leave' then
  owner = role_of(KEYS[5], whom) == 'owner' and successor(KEYS[5], KEYS[6], whom)
else
  if room[2] == '1' then return { 'archived' } end
  local ban = redis.call('HGET', KEYS[7], whom)
  local till = ban and tonumber(string.match(ban, '^%d+'))
  if till and (till == 0 or till > now_ms()) then return { 'banned', till } end
  owner = redis.call('ZCARD', KEYS[6]) == 0 and whom
end
local written = append_event(nil, owner and ',"owner":"' .. owner .. '"')
if written[1] ~= 'ok' then return written end
if change == 'leave' then
  redis.call('ZREM', KEYS[6], whom)
  redis.call('HDEL', KEYS[5], 'role:' .. whom)
else
  redis.call('ZADD', KEYS[6], 0, whom)
  redis.call('HDEL', KEYS[7], whom)
end
if owner then give_role(KEYS[5], owner, 'owner', written[4]) end
return written
