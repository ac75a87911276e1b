import type { ClientEvent, ParleyClient } from "../client/contract.ts";
import { randomUuid } from "../client/uuid.ts";
import type { Kept } from "./kept.ts";
import type { KeptMessages } from "./kept-messages.ts";
import type { Membership } from "./membership-actions.ts";
import type { Moderation } from "./moderation-actions.ts";
import type { Navigation } from "./navigation.ts";
import type { OwnBans } from "./own-bans.ts";
import type { Action, Note, State } from "./state/model.ts";

/** What is fetched after the first load, when there is time for it or somebody asks for it. */
export interface LateWork {
  moderation(): Promise<Moderation>;
  membership(): Promise<Membership>;
  ownBans(): Promise<OwnBans>;
  /** Asks what keeps this person out of rooms; resolves also when that cannot be known now. */
  learnBans(): Promise<void>;
  keptMessages(): Promise<KeptMessages>;
  heed(event: ClientEvent): void;
}

export function createLateWork(deps: {
  kept: Kept;
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  navigation: Navigation;
  note: (text: string, tone?: Note["tone"]) => void;
}): LateWork {
  const load = () => import("./room-work.ts");
  let keptMessages: (KeptMessages & { heed(event: ClientEvent): void }) | undefined;
  const ownBans = async () => (await load()).createOwnBans({ ...deps, told: deps.kept.banTold });

  return {
    moderation: async () => (await load()).createModeration({ ...deps, uuid: randomUuid }),
    membership: async () => (await load()).createMembership({ ...deps, uuid: randomUuid, ownBans }),
    ownBans,
    async learnBans() {
      try {
        await (await ownBans()).learn();
      } catch {
        // Trying to come in says it too.
      }
    },
    async keptMessages() {
      const { createKeptMessages } = await load();
      keptMessages ??= createKeptMessages(deps);
      return keptMessages;
    },
    heed(event) {
      keptMessages?.heed(event);
      if (
        event.type === "me-events" &&
        event.events.some((one) => one.type === "room_removed" && one.how !== undefined)
      )
        ownBans().then(
          (bans) => bans.heed(event.events),
          () => {},
        );
    },
  };
}
