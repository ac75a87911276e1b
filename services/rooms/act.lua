-- What all scripts have in common by which somebody acts on a room or on people in it.
--
-- KEYS  1..4 the log, see logs/append.lua  5 meta  6 members  7 bans  8 acts
-- ARGV  1..7 the event, see logs/append.lua  8 who acts, or '' for an administrator  9 'lobby' | 'room'
--       10 the act as JSON without its opening brace, as moderators read it
-- Each answers a known write first, then { 'missing' } no such room; { 'fixed' } not in this kind of room;
-- { 'powerless' } the role of who acts does not allow it.

--#include "roles.lua"
--#include "note-act.lua"

local meta, members, bans, acts = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local actor, in_lobby = ARGV[8], ARGV[9] == 'lobby'

local function act_refusal(least)
  local kind = in_lobby and 'channel' or redis.call('HGET', meta, 'kind')
  if not kind then return { 'missing' } end
  if kind == 'direct' then return { 'fixed' } end
  if actor ~= '' and ranks[role_of(meta, actor)] < ranks[least] then return { 'powerless' } end
end

-- One acts only on those below: a moderator on members, an owner on moderators too, an administrator on everybody.
local function is_above(target)
  return actor == '' or ranks[role_of(meta, actor)] > ranks[role_of(meta, target)]
end

-- Appends the event of the act, and notes the act for those who moderate.
local function append_act(more)
  local written = append_event(nil, more)
  if written[1] == 'ok' then note_act(acts, written[4], ARGV[10]) end
  return written
end

-- Says in the head of the log what must be asked before people write; see may-write.lua. Forgets mutes that are over.
local function renew_guard(now)
  local archived, slow, muted = '0', '0', 0
  local fields = redis.call('HGETALL', meta)
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    if field == 'archived' then archived = value end
    if field == 'slow' then slow = value end
    if string.sub(field, 1, 5) == 'mute:' then
      local till = tonumber(string.match(value, '^%d+'))
      if till ~= 0 and till <= now then
        redis.call('HDEL', meta, field)
      elseif till == 0 or muted < 0 then
        muted = -1
      else
        muted = math.max(muted, till)
      end
    end
  end
  if archived == '0' and slow == '0' and muted == 0 then
    redis.call('HDEL', KEYS[2], 'guard')
  else
    redis.call('HSET', KEYS[2], 'guard', archived .. ' ' .. slow .. ' ' .. string.format('%.0f', muted))
  end
end

-- Redis time at which something ends that begins now: '0' for ever.
local function ends_at(now, seconds)
  return seconds == '' and '0' or string.format('%.0f', now + tonumber(seconds) * 1000)
end
