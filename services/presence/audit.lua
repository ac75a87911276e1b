#!lua flags=allow-oom
-- Looks at a piece of one table and mends what does not fit the others. Every script leaves them fitting; this is for
-- what nobody has thought of, and for hands in the data.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1..3 see leading.lua  4 table, one of those below  5 cursor, '0' to begin  6 about how many to look at
--       7 ms that a freed number rests  8 grace in ms
-- reply { 'ok', now, cursor to go on from or '0', how many were mended }, or a refusal
-- Safe to run twice: what fits is left alone.

--#include "state.lua"
--#include "leading.lua"

local now = now_ms()
local refused = refusal(now)
if refused then return refused end

local rest_ms, grace_ms = tonumber(ARGV[7]), tonumber(ARGV[8])
local function is_here(user)
  return redis.call('HEXISTS', users, user) == 1 or redis.call('HEXISTS', hidden, user) == 1
end
local function has(key, member) return redis.call('ZSCORE', key, member) ~= false end
local function split(member)
  local at = string.find(member, '\0', 1, true)
  return string.sub(member, 1, at - 1), string.sub(member, at + 1)
end

-- Each looks at one entry, and answers true when it mended something.
local tables = {
  users = { users, 'HSCAN', function(id, record)
    settle(id, now, rest_ms)
    if redis.call('HEXISTS', users, id) == 0 then return true end
    local u = cjson.decode(record)
    local mended = false
    if redis.call('HGET', published, id) ~= redis.call('HGET', users, id) and not has(changed, id) then
      note_change(id, now)
      mended = true
    end
    return redis.call('ZADD', online, 0, u.folded .. '\0' .. id) == 1 or mended
  end },
  hidden = { hidden, 'HSCAN', function(id)
    settle(id, now, rest_ms)
    return redis.call('HEXISTS', hidden, id) == 0
  end },
  published = { published, 'HSCAN', function(id)
    if redis.call('HEXISTS', users, id) == 1 or has(changed, id) then return false end
    note_change(id, now)
    return true
  end },
  connections = { connections, 'HSCAN', function(id, record)
    local c = cjson.decode(record)
    if c.status == 'leaving' then
      if has(leaving, id) then return false end
      redis.call('ZADD', leaving, now, id)
      return true
    end
    local believed = has(leases, c.incarnation) or redis.call('SISMEMBER', retired, c.incarnation) == 1
    local listed = has(by_user, c.user .. '\0' .. letters[c.status] .. id)
    if believed and listed and is_here(c.user) then return false end
    if believed then
      -- Its node notices that it is missing, and registers everything again.
      remove(id, c)
    else
      linger(id, c, now + grace_ms)
    end
    settle(c.user, now, rest_ms)
    return true
  end },
  ['by-user'] = { by_user, 'ZSCAN', function(member)
    local user, entry = split(member)
    local c = connection(string.sub(entry, 2))
    if c and c.user == user and letters[c.status] == string.sub(entry, 1, 1) then return false end
    redis.call('ZREM', by_user, member)
    settle(user, now, rest_ms)
    return true
  end },
  ['by-node'] = { by_node, 'ZSCAN', function(member)
    local incarnation, id = split(member)
    local c = connection(id)
    if c and c.incarnation == incarnation and c.status ~= 'leaving' then return false end
    redis.call('ZREM', by_node, member)
    return true
  end },
  online = { online, 'ZSCAN', function(member)
    local folded, id = split(member)
    local u, shown = read_user(id)
    if shown and u.folded == folded then return false end
    redis.call('ZREM', online, member)
    return true
  end },
  numbers = { numbers, 'HSCAN', function(number, user)
    if is_here(user) or has(resting, number) then return false end
    redis.call('ZADD', resting, now + rest_ms, number)
    return true
  end },
}

local key, scan, look = unpack(tables[ARGV[4]])
local page = redis.call(scan, key, ARGV[5], 'COUNT', ARGV[6])
local mended = 0
for i = 1, #page[2], 2 do
  if look(page[2][i], page[2][i + 1]) then mended = mended + 1 end
end
return { 'ok', now, page[1], mended }
