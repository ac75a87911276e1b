-- Who somebody is in a room. Included by scripts that let only some people do something.
--
-- Roles are fields of the room's meta hash: `role:<user>` holds 'owner <since>' or 'moderator <since>', in Redis time;
-- all others are members, or nothing.

local ranks = { member = 0, moderator = 1, owner = 2 }

local function role_of(meta, user)
  local held = redis.call('HGET', meta, 'role:' .. user)
  return held and string.match(held, '^%a+') or 'member'
end

-- Everybody with a role: { user, role, since } each.
local function role_holders(meta)
  local holders = {}
  local fields = redis.call('HGETALL', meta)
  for i = 1, #fields, 2 do
    local user = string.match(fields[i], '^role:(.+)$')
    if user then
      local role, since = string.match(fields[i + 1], '^(%a+) (%d+)$')
      holders[#holders + 1] = { user = user, role = role, since = tonumber(since) }
    end
  end
  return holders
end

local function give_role(meta, user, role, at)
  redis.call('HSET', meta, 'role:' .. user, role .. ' ' .. string.format('%.0f', at))
end

-- Who becomes owner when the last one goes: whoever has been moderator longest, else the first of the members; nil when
-- there is another owner, or nobody.
local function successor(meta, members, leaving)
  local next
  for _, holder in ipairs(role_holders(meta)) do
    if holder.user ~= leaving then
      if holder.role == 'owner' then return nil end
      if not next or holder.since < next.since then next = holder end
    end
  end
  if next then return next.user end
  for _, member in ipairs(redis.call('ZRANGE', members, 0, 1)) do
    if member ~= leaving then return member end
  end
  return nil
end
