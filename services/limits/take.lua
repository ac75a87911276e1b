#!lua flags=allow-oom
-- Takes one from a rate limit shared by the whole cluster: the generic cell rate algorithm, which needs one time a key.
--
-- KEYS  1 the limit
-- ARGV  1 ms between two at the allowed rate  2 how many may come at once
-- reply 0: taken; else ms until one may be taken
-- A second run takes a second one; a caller that repeats a request pays again, which is what a limit is for.
-- Source of the method: ITU-T I.371, the virtual scheduling form.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local early = due - now
if early > interval * (burst - 1) + 0.001 then return math.ceil(early - interval * (burst - 1)) end
redis.call('SET', KEYS[1], string.format('%.3f', due + interval), 'PX', math.ceil(due + interval - now) + 1000)
return 0
