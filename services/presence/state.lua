-- What presence consists of, and the few ways in which it changes. Included by every script that changes it.
--
-- A user is online while some connection of theirs is in by_user: registered under a live lease, or leaving with its
-- deadline still ahead. Everything else follows from that in settle(). Whoever touches a connection calls settle() for
-- its user in the same script, so there is no moment in which the list and the connections disagree.

local leases, nodes, vitals, digests, retired, connections, by_user, by_node, leaving, ended, ended_sessions,
  users, online, numbers, number_of, resting, ready, top_number, changed, published, deltas, head, leader, services,
  hidden, statuses, clearing, seen, stirred = unpack(KEYS)

local letters = { online = 'h', away = 'a', leaving = 'z' }

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- At most `limit` members that start with a text, of a ZSET whose scores are all 0.
local function starting_with(key, start, limit)
  return redis.call('ZRANGEBYLEX', key, '[' .. start, '(' .. start .. '\255', 'LIMIT', 0, limit)
end

local function xor(a, b)
  return bit.tohex(bit.bxor(tonumber(a, 16), tonumber(b, 16)))
end

-- Digests as this script has left them.
local digest_of = {}

-- Adds a connection to the digest of its node, or takes it out again. An away connection counts with its halves
-- swapped, so that the digest tells a lost status as well.
local function toggle(incarnation, id, status)
  local high, low = string.sub(id, 1, 8), string.sub(id, 9, 16)
  if status == 'away' then high, low = low, high end
  local digest = digest_of[incarnation] or redis.call('HGET', digests, incarnation) or '0000000000000000'
  digest = xor(string.sub(digest, 1, 8), high) .. xor(string.sub(digest, 9, 16), low)
  digest_of[incarnation] = digest
  redis.call('HSET', digests, incarnation, digest)
end

local function connection(id)
  local record = redis.call('HGET', connections, id)
  return record and cjson.decode(record)
end

local function unlink(id, c)
  redis.call('ZREM', by_user, c.user .. '\0' .. letters[c.status] .. id)
  if c.status == 'leaving' then
    redis.call('ZREM', leaving, id)
  else
    redis.call('ZREM', by_node, c.incarnation .. '\0' .. id)
    toggle(c.incarnation, id, c.status)
  end
end

-- until_ms: only for one that is leaving
local function link(id, c, until_ms)
  redis.call('HSET', connections, id, cjson.encode(c))
  redis.call('ZADD', by_user, 0, c.user .. '\0' .. letters[c.status] .. id)
  if c.status == 'leaving' then
    redis.call('ZADD', leaving, until_ms, id)
  else
    redis.call('ZADD', by_node, 0, c.incarnation .. '\0' .. id)
    toggle(c.incarnation, id, c.status)
  end
end

local function remove(id, c)
  unlink(id, c)
  redis.call('HDEL', connections, id)
end

-- The connection is gone; its user has until then to come back.
local function linger(id, c, until_ms)
  unlink(id, c)
  c.status = 'leaving'
  link(id, c, until_ms)
end

-- What the user has set about themselves: mode ('away', 'dnd', 'invisible' or none), text, emoji, till (ms), private.
local function status_of(id)
  local record = redis.call('HGET', statuses, id)
  return record and cjson.decode(record) or {}
end

-- Replaces what the user has set; nothing is kept of somebody who has set nothing.
local function write_status(id, s)
  redis.call('ZREM', clearing, id)
  if not next(s) then
    redis.call('HDEL', statuses, id)
    return
  end
  redis.call('HSET', statuses, id, cjson.encode(s))
  if s.till then redis.call('ZADD', clearing, s.till, id) end
end

-- The same text for the same user, so that texts can be compared.
local function user_record(u, s)
  local said = ''
  if s.mode == 'dnd' then said = said .. ',"dnd":true' end
  if s.text then said = said .. ',"text":' .. cjson.encode(s.text) end
  if s.emoji then said = said .. ',"emoji":' .. cjson.encode(s.emoji) end
  if s.till then said = said .. string.format(',"till":%.0f', s.till) end
  return string.format(
    '{"id":%s,"name":%s,"folded":%s,"number":%d,"status":"%s","since":%.0f%s}',
    cjson.encode(u.id), cjson.encode(u.name), cjson.encode(u.folded), u.number, u.status, u.since, said)
end

-- The record of somebody who is here, and whether others see them.
local function read_user(id)
  local record = redis.call('HGET', users, id)
  if record then return cjson.decode(record), true end
  record = redis.call('HGET', hidden, id)
  return record and cjson.decode(record), false
end

-- The leader's own scripts are followed by one that tells what they changed, so they turn this off. Where one has to be sent
-- again, because a Redis that began anew does not know it, that one comes first, and the leader's next look finds the change.
local stirs = true

-- The next delta tells this user. The leader hears of the first change after a delta and knows that there is something to tell.
local function note_change(id, now)
  if stirs and redis.call('EXISTS', changed) == 0 then redis.call('SPUBLISH', stirred, 'changed') end
  return redis.call('ZADD', changed, 'NX', now, id)
end

-- Writes the record of somebody who is here to where it belongs: on the list, or, of the invisible, beside it.
local function write_user(u, s, now)
  local record = user_record(u, s)
  if s.mode == 'invisible' then
    redis.call('HSET', hidden, u.id, record)
    return
  end
  redis.call('HDEL', hidden, u.id)
  redis.call('HSET', users, u.id, record)
  redis.call('ZADD', online, 0, u.folded .. '\0' .. u.id)
  note_change(u.id, now)
end

-- For everybody else, they leave.
local function take_off_list(u, now)
  -- Whoever goes before they were ever told is told as gone, too, and only this record still says who that was.
  redis.call('HSETNX', published, u.id, redis.call('HGET', users, u.id))
  redis.call('HDEL', users, u.id)
  redis.call('ZREM', online, u.folded .. '\0' .. u.id)
  note_change(u.id, now)
  redis.call('ZADD', seen, now, u.id)
end

-- Brings a user's record in line with their connections and with what they have set. True while the user is here.
-- rest_ms: how long a number rests that this frees; only for those who may take away a user's last connection
local function settle(id, now, rest_ms)
  local u, shown = read_user(id)
  if #starting_with(by_user, id .. '\0', 1) == 0 then
    if u then
      if shown then
        take_off_list(u, now)
      else
        redis.call('HDEL', hidden, id)
        -- Seen last when they were last shown: an invisible one leaks neither coming nor going.
        redis.call('ZADD', seen, 'NX', now, id)
      end
      redis.call('ZADD', resting, now + rest_ms, u.number)
    end
    return false
  end
  if u then
    local s = status_of(id)
    if #starting_with(by_user, id .. '\0h', 1) > 0 then u.status = 'online'
    elseif #starting_with(by_user, id .. '\0a', 1) > 0 then u.status = 'away' end
    if s.mode == 'away' then u.status = 'away' end
    if shown and s.mode == 'invisible' then
      take_off_list(u, now)
      write_user(u, s, now)
    elseif not shown and s.mode ~= 'invisible' then
      u.since = now
      write_user(u, s, now)
    elseif user_record(u, s) ~= redis.call('HGET', shown and users or hidden, id) then
      write_user(u, s, now)
    end
  end
  return true
end
