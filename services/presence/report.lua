#!lua flags=no-writes
-- What the administrator sees: nodes, who leads, and a page of users with where they are.
--
-- KEYS  all of presence, see state.lua
-- ARGV  1 member of the list after which the page starts, or ''  2 limit
-- reply { nodes, leader, standbys, member to continue after or '', users }, where
--       nodes  { JSON of a node, JSON of its vitals or '', ... }, of those with a lease
--       leader { id, pid, since in ms }, empty when nobody leads
--       users  { JSON of a user, connections, address of the newest, JSON of its node or '', ... }
-- Reads only.

--#include "state.lua"

local now = now_ms()
local living = {}
for _, incarnation in ipairs(redis.call('ZRANGE', leases, now, '+inf', 'BYSCORE')) do
  local node = redis.call('HGET', nodes, incarnation)
  if node then
    living[#living + 1] = node
    living[#living + 1] = redis.call('HGET', vitals, incarnation) or ''
  end
end

local led = {}
local current = redis.call('HMGET', leader, 'id', 'pid', 'since', 'until')
if current[1] and tonumber(current[4]) >= now then led = { current[1], current[2], current[3] } end
local others = redis.call('ZCOUNT', services, now, '+inf')
if led[1] and redis.call('ZSCORE', services, led[1]) then others = others - 1 end

local limit = tonumber(ARGV[2])
local members = redis.call('ZRANGEBYLEX', online, ARGV[1] == '' and '-' or '(' .. ARGV[1], '+', 'LIMIT', 0, limit + 1)
local page = {}
for i = 1, math.min(#members, limit) do
  local id = string.sub(members[i], string.find(members[i], '\0', 1, true) + 1)
  local devices, newest = 0, nil
  for _, entry in ipairs(starting_with(by_user, id .. '\0', -1)) do
    local c = connection(string.sub(entry, #id + 3))
    if c then
      if c.status ~= 'leaving' then devices = devices + 1 end
      if not newest or c.at > newest.at then newest = c end
    end
  end
  page[#page + 1] = redis.call('HGET', users, id) or ''
  page[#page + 1] = devices
  page[#page + 1] = newest and newest.address or ''
  page[#page + 1] = newest and redis.call('HGET', nodes, newest.incarnation) or ''
end
return { living, led, others, #members > limit and members[limit] or '', page }
