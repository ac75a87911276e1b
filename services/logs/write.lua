#!lua
-- Appends one event to a log, and nothing else. For what needs no right and no other change: a user's own log.
--
-- KEYS  1..4 the log, see append.lua
-- ARGV  1..7 the event, see append.lua
-- reply { status, seq, n, at }: see append.lua, which also says why it is safe to run twice

--#include "append.lua"

return append_event()
