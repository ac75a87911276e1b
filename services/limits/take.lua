#!lua flags=allow-oom
-- Takes from rate limits shared by the whole cluster: the generic cell rate algorithm, which needs one time a key.
--
-- KEYS  the limits, one for each call
-- ARGV  for each call: 1 ms between two at the allowed rate  2 how many may come at once  3 how many are wanted, at most
-- reply for each call { how many were taken, at least 1, 0 }, or { 0, ms until one may be taken }
-- More than one are only taken where many are left: a tenth of what is left at most. So hardly any are out of reach of
-- another node when the limit is near.
-- A second run takes again; a caller that repeats a request pays again, which is what a limit is for.
-- Source of the method: ITU-T I.371, the virtual scheduling form.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000

local function take(limit, interval, burst, wanted)
  local due = math.max(tonumber(redis.call('GET', limit) or '0'), now)
  local early = due - now
  if early > interval * (burst - 1) + 0.001 then return { 0, math.ceil(early - interval * (burst - 1)) } end
  local left = burst - early / interval
  local taken = math.max(1, math.min(wanted, math.floor(left / 10)))
  due = due + interval * taken
  redis.call('SET', limit, string.format('%.3f', due), 'PX', math.ceil(due - now) + 1000)
  return { taken, 0 }
end

local replies = {}
for i, limit in ipairs(KEYS) do
  replies[i] = take(limit, tonumber(ARGV[i * 3 - 2]), tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3]))
end
return replies
