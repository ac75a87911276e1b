#!lua flags=no-writes
-- What users have set about themselves, and when each was last seen.
--
-- KEYS  all of presence, see state.lua
-- ARGV  ids of users
-- reply { JSON of a status or '', ms at which the user was last seen or '', ... }; of each user as asked for
-- Reads only.

--#include "state.lua"

local reply = {}
for _, id in ipairs(ARGV) do
  reply[#reply + 1] = redis.call('HGET', statuses, id) or ''
  reply[#reply + 1] = redis.call('ZSCORE', seen, id) or ''
end
return reply
