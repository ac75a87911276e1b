#!lua
-- Keeps what somebody was about to say in a room, instead of what was kept for that room before; the oldest drafts go when
-- there are too many.
--
-- KEYS  1 the user's drafts: a hash of room to `revision:text`, and of '.' to the newest revision
-- ARGV  1 room  2 text, '' for none any more  3 drafts that are kept, at most  4 bytes of all of them together, at most
--       5 ms after which drafts that nobody changes are forgotten
-- reply the revision: greater than every one before, also after they were forgotten
-- Safe to run twice: the same text under a newer revision.

local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local revision = math.max(now, tonumber(redis.call('HGET', key, '.') or '0') + 1)
redis.call('HSET', key, '.', string.format('%d', revision))
-- That there is none any more is kept as well: a device that comes back must tell it from one that was only pushed out.
redis.call('HSET', key, ARGV[1], string.format('%d:', revision) .. ARGV[2])

local drafts = {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  if all[i] ~= '.' then
    drafts[#drafts + 1] = { room = all[i], revision = tonumber(all[i + 1]:match('^%d+')), bytes = #all[i + 1] }
  end
end
table.sort(drafts, function(a, b) return a.revision > b.revision end)
local bytes = 0
for i, draft in ipairs(drafts) do
  bytes = bytes + draft.bytes
  if i > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4]) then redis.call('HDEL', key, draft.room) end
end
redis.call('PEXPIRE', key, ARGV[5])
return revision
