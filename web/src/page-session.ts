import { ClientError } from "../client/client-error.ts";
import type { ClientEvent, Credentials, ParleyClient, Store } from "../client/contract.ts";
import { randomUuid } from "../client/uuid.ts";
import type { Kept, KeptSession } from "./kept.ts";
import type { Action, Note, State } from "./state/model.ts";
import { foldName } from "./state/people.ts";

/** Longer than a sign-out takes that nobody need be told of. */
const signOutLateMs = 1_500;

export type CreateClient = (options: { url: string; credentials: Credentials; store: Store }) => ParleyClient;

/** Who is signed in on this page, and the client that speaks for them: one session for all tabs of a browser. */
export function createPageSession(deps: {
  url: string;
  kept: Kept;
  state: () => State;
  dispatch: (action: Action) => void;
  note: (text: string, tone?: Note["tone"]) => void;
  createClient: CreateClient;
  /** What the present client has to say. */
  heed: (event: ClientEvent) => void;
  /** Before another client: what belongs to the one before. */
  onConnecting: () => void;
  onSignOut: () => void;
}) {
  const { kept, dispatch, note } = deps;
  let client: ParleyClient | undefined;
  let usedKey: string | undefined;

  function connect(credentials: Credentials & { key: string }, as: string | null) {
    client?.close();
    usedKey = credentials.key;
    deps.onConnecting();
    dispatch({ type: "sign-in-started", as });
    const next = deps.createClient({ url: deps.url, credentials, store: kept.store });
    client = next;
    next.listen((event) => {
      // What an earlier client has to say concerns nobody any more.
      if (client === next) deps.heed(event);
    });
    next.connect();
  }

  /** Usually over in a blink; a server that hangs is worth a word, because closing the page may leave the session open. */
  async function tellSigningOut(done: Promise<void>) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      note("The server does not answer yet. Keep this page open until you are signed out.", "error");
    }, signOutLateMs);
    try {
      await done;
      if (late) note("You are signed out.");
    } catch (error) {
      if (error instanceof ClientError) note(error.message, "error");
    } finally {
      clearTimeout(timer);
    }
  }

  /** With what an earlier visit, or another tab, left behind. */
  function resume({ name, key, token }: KeptSession) {
    connect({ name, key, ...(token === undefined ? {} : { token }) }, null);
  }

  return {
    client: () => client,
    signIn(name: string) {
      const known = kept.session();
      const same = known !== undefined && foldName(known.name.trim()) === foldName(name.trim());
      const key = same ? known.key : randomUuid();
      kept.keepSession({ name: name.trim(), key, signedIn: false });
      connect({ name, key }, name);
    },
    resumeIfSignedIn() {
      const session = kept.session();
      if (session?.signedIn) resume(session);
    },
    signOut() {
      const leaving = client;
      client = undefined;
      const session = kept.session();
      if (session !== undefined) kept.keepSession({ name: session.name, key: randomUuid(), signedIn: false });
      deps.onSignOut();
      dispatch({ type: "signed-out" });
      if (leaving !== undefined) void tellSigningOut(leaving.signOut());
    },
    /** Whoever signs in or out in one tab does so in the others, also without a connection. */
    changedElsewhere() {
      const session = kept.session();
      if (session?.signedIn && !["signing-in", "signed-in"].includes(deps.state().phase.name))
        return resume(session);
      if (client === undefined || session?.key === usedKey) return;
      client.close();
      client = undefined;
      dispatch({ type: "connection", state: "ended" });
    },
    /** What of it the next visit needs. */
    heed(event: ClientEvent) {
      const session = kept.session();
      if (session === undefined) return;
      switch (event.type) {
        case "welcome":
          kept.keepSession({ ...session, name: event.welcome.user.name, signedIn: true });
          break;
        case "connection":
          // Over for good: a reload shows the form instead of undoing a sign-out elsewhere.
          if (event.state === "ended" && session.signedIn) kept.keepSession({ ...session, signedIn: false });
          break;
        case "token":
          kept.keepSession({ ...session, token: event.token });
          break;
      }
    },
  };
}
