#!lua
-- Makes a room with its first members, and notes it in the room's log. Whoever makes it is its owner; a direct
-- conversation has none.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members
-- ARGV  1..7 the event, see logs/append.lua  8 name  9 kind  10 topic  11 creator  12.. ids of the first members
-- reply { 'ok' | 'duplicate', seq, n, at }; { 'taken' } when there is a room of that id by somebody else, of another name
-- or kind, or one that its creator has left
-- Safe to run twice: the same creator, name and kind find the room and change nothing.

--#include "../logs/append.lua"
--#include "roles.lua"

local meta = redis.call('HMGET', KEYS[5], 'name', 'kind', 'creator')
if meta[1] then
  local same = meta[1] == ARGV[8] and meta[2] == ARGV[9] and meta[3] == ARGV[11]
    and redis.call('ZSCORE', KEYS[6], ARGV[12])
  if not same then return { 'taken' } end
  return unchanged()
end
local written = append_event()
if written[1] ~= 'ok' then return written end
redis.call('HSET', KEYS[5], 'name', ARGV[8], 'kind', ARGV[9], 'topic', ARGV[10], 'creator', ARGV[11])
if ARGV[9] ~= 'direct' then give_role(KEYS[5], ARGV[11], 'owner', written[4]) end
for i = 12, #ARGV do redis.call('ZADD', KEYS[6], 0, ARGV[i]) end
return written
