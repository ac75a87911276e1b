/** Names, who has them, sessions and their tokens. */
export { createPreferences, type PreferencesOfUsers } from "./redis-preferences.ts";
export { createUsers, renewNamesEveryMs, type Users } from "./redis-users.ts";
export { createTokens, type SessionClaims, type Tokens } from "./tokens.ts";
