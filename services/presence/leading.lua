-- What every script of the leading presence service starts with. Included after state.lua.
--
-- ARGV  1 token of the leader  2 Redis time in ms that it saw last  3 ms of silence at most
-- refusal(now) -> nil; or a reply: { 'deposed', now } when somebody else leads;
-- { 'interrupted', now } when Redis or the leader has stood still since it looked last: nodes may have been unable to
-- refresh their leases, so nothing may be concluded from a deadline that has passed.

stirs = false

local function refusal(now)
  if redis.call('HGET', leader, 'token') ~= ARGV[1] then return { 'deposed', now } end
  if math.abs(now - tonumber(ARGV[2])) > tonumber(ARGV[3]) then return { 'interrupted', now } end
end
