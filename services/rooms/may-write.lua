-- Whether somebody may write into a room now: the one place that knows what archiving, mutes and slow mode forbid.
-- Included by scripts that append what people say; see `refusal` in logs/append.lua.
--
-- The guard of a room's log is 'archived slow muted': 1 when the room is archived; seconds from one message of a person to
-- their next; Redis time in ms up to which somebody is muted, -1 for ever. A room with none of these has no guard.
-- In the room's meta hash, `mute:<user>` holds 'until …': Redis time in ms, 0 for ever.

-- { 'muted', until } while somebody is muted, else nil.
local function mute_refusal(meta, user, now)
  local mute = redis.call('HGET', meta, 'mute:' .. user)
  local till = mute and tonumber(string.match(mute, '^%d+'))
  if till and (till == 0 or till > now) then return { 'muted', till } end
end

-- pace  nil, or where the time of the author's last message is kept: with it, slow mode applies. Its `slow_ms` is set
--       when the message that is written now is to be noted there.
-- refusals: { 'archived' }; { 'muted', until }; { 'slow', ms that are left }
local function guard_refusal(guard, now, meta, author, pace)
  local archived, slow, muted = string.match(guard, '^(%d) (%d+) (-?%d+)$')
  if archived == '1' then return { 'archived' } end
  if tonumber(muted) < 0 or tonumber(muted) > now then
    local refused = mute_refusal(meta, author, now)
    if refused then return refused end
  end
  if pace and slow ~= '0' and redis.call('HEXISTS', meta, 'role:' .. author) == 0 then
    pace.slow_ms = tonumber(slow) * 1000
    local left = tonumber(redis.call('GET', pace.key) or '0') + pace.slow_ms - now
    if left > 0 then return { 'slow', left } end
  end
end

local function writing_refusal(meta, author, pace)
  return function(guard, now) return guard_refusal(guard, now, meta, author, pace) end
end
