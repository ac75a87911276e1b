-- What a user's marks are made of. Included by the scripts that change them.
--
-- reads: hash, room to "n", or "n back newest" once the mark was moved back on purpose: `back` is the place of that in the
-- user's own log, `newest` the number of the room's newest message then.
-- mentions: hash, room to the numbers of messages that mention the user, ascending, comma separated, the newest hundred.

local kept_mentions = 100

-- n, back, newest
local function read_mark(key, room)
  local n, back, newest = string.match(redis.call('HGET', key, room) or '0', '^(%d+) ?(%d*) ?(%d*)$')
  return tonumber(n), tonumber(back) or 0, tonumber(newest) or 0
end

local function read_mentions(key, room)
  local list = {}
  for n in string.gmatch(redis.call('HGET', key, room) or '', '%d+') do list[#list + 1] = tonumber(n) end
  return list
end

local function count_after(list, n)
  local count = 0
  for _, number in ipairs(list) do
    if number > n then count = count + 1 end
  end
  return count
end

-- Puts what only the script knows into the event that is about to be appended.
local function add_to_event(fields)
  ARGV[7] = string.sub(ARGV[7], 1, -2) .. ',' .. fields .. '}'
end
