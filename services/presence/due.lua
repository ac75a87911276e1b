-- When the leader has something to do. Included after state.lua.

-- Ms until then; 0: now. A minute at most, which is longer than a leader ever waits.
local function due_in(now)
  if redis.call('EXISTS', changed) == 1 or redis.call('EXISTS', retired) == 1 then return 0 end
  local first = now + 60000
  for _, deadlines in ipairs({ leaving, leases }) do
    local next = redis.call('ZRANGE', deadlines, 0, 0, 'WITHSCORES')[2]
    -- It is over when it has passed.
    if next then first = math.min(first, tonumber(next) + 1) end
  end
  return math.max(0, first - now)
end
