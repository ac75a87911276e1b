import { foldName, type UserId } from "../protocol/index.ts";

/** Redis names of what is kept about names and users. */
export function userKeys(prefix: string) {
  return {
    /** Who holds a name. A slot of its own: names are unique in the cluster, not within a user. */
    name: (name: string) => `${prefix}{name:${foldName(name)}}`,
    profile: (user: UserId) => `${prefix}{user:${user}}:profile`,
    /** Hash: what the user chose for all of their devices, where it is not what everybody has. */
    preferences: (user: UserId) => `${prefix}{user:${user}}:preferences`,
    revoked: (user: UserId) => `${prefix}{user:${user}}:revoked`,
  };
}
