#!lua flags=allow-oom
-- Tells the nodes who has changed since the last delta, as the next delta, with how they are now. Who changed back
-- meanwhile is told as well: somebody may have read the list in between, and would keep what they saw for ever.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1..3 see leading.lua  4 users at most  5 deltas that are kept  6 channel
-- reply { 'ok', now, users told, users left to look at, ms that the oldest change has waited, users online, ms until the
--       leader has something to do }, or a refusal
-- Safe to run twice: what was told is not a change any more. Deltas and what they told change in one step, so a leader
-- that dies neither loses nor repeats one.

--#include "state.lua"
--#include "leading.lua"
--#include "due.lua"

local now = now_ms()
local refused = refusal(now)
if refused then return refused end

local candidates = redis.call('ZPOPMIN', changed, ARGV[4])
local waited = candidates[2] and math.max(0, now - tonumber(candidates[2])) or 0
local changes = {}
for i = 1, #candidates, 2 do
  local id = candidates[i]
  local current, told = redis.call('HGET', users, id), redis.call('HGET', published, id)
  if current then
    redis.call('HSET', published, id, current)
    changes[#changes + 1] = '{"online":true,"user":' .. current .. '}'
  elseif told and not current then
    redis.call('HDEL', published, id)
    local u = cjson.decode(told)
    local last = not status_of(id).private and redis.call('ZSCORE', seen, id)
    changes[#changes + 1] = '{"online":false,"user":{"id":' .. cjson.encode(u.id) .. ',"name":' .. cjson.encode(u.name)
      .. ',"number":null,"status":"offline","since":null' .. (last and ',"seen":' .. last or '') .. '}}'
  end
end
local count = redis.call('HLEN', published)
if #changes > 0 then
  local newest = redis.call('HMGET', head, 'seq', 'chain')
  local seq, before = tonumber(newest[1] or '0') + 1, newest[2] or '0'
  local body = '{"count":' .. count .. ',"changes":[' .. table.concat(changes, ',') .. ']}'
  local chain = string.sub(redis.sha1hex(before .. ' ' .. seq .. ' ' .. body), 1, 16)
  local record = before .. ' ' .. chain .. ' ' .. body
  redis.call('XADD', deltas, 'MAXLEN', '~', ARGV[5], seq .. '-0', 'd', record)
  redis.call('HSET', head, 'seq', seq, 'chain', chain)
  redis.call('SPUBLISH', ARGV[6], seq .. ' ' .. record)
end
return { 'ok', now, #changes, redis.call('ZCARD', changed), waited, count, due_in(now) }
