import { randomUUID } from "node:crypto";
import type { MessageId } from "../../services/protocol/index.ts";
import { type ChatClient, signIn } from "../../test/support/chat-client.ts";

/** Whose page is shown: in all the rooms, and spoken to. */
export const shown = "ada";

const names = ["grace", "jonas", "lena", "noor", "yusuf", "priya", "ines", "mira", "oskar", "tomás"] as const;
type Name = (typeof names)[number] | typeof shown;

const lines: readonly { by: Name; text: string; answers?: number; reactions?: Record<string, Name[]> }[] = [
  { by: "grace", text: "Morning! The new build is on staging since eight." },
  { by: "grace", text: "I also moved the nightly job, it ran into the backup again." },
  { by: "jonas", text: "Thanks. Does it still need the flag?" },
  {
    by: "grace",
    text: "No, that went away with https://example.org/changes/218",
    answers: 2,
    reactions: { "🎉": ["jonas", "lena", "ada"] },
  },
  {
    by: "jonas",
    text: "Search forgets the second word when there are **two spaces** between them. This is all it takes:\n```ts\nconst words = query.trim().split(/\\s+/);\n```",
    reactions: { "👍": ["grace", "priya", "yusuf", "ada"], "🔍": ["lena"] },
  },
  { by: "ada", text: "I take that after lunch, if nobody is on it." },
  { by: "noor", text: "صباح الخير! سأنضم إليكم بعد الظهر." },
  {
    by: "yusuf",
    text: "The figures for October are in: a third fewer timeouts than in September. I go through the report with whoever wants, _at three_.",
    reactions: { "👏": ["ines", "grace", "mira"] },
  },
  { by: "priya", text: "Count me in.", answers: 7 },
  { by: "ines", text: "@ada room 4 has the projector. Do not ask where it was." },
];

/** Fills a fresh cluster with people who talk, and answers how to have one of them type: each once in three seconds. */
export async function hold(
  url: string,
  ada: { name: string; key: string },
): Promise<{ startTyping(by: Name): Promise<void> }> {
  const first = await signIn(url, ada);
  const people = new Map<Name, ChatClient>([[shown, first]]);
  for (const name of names) people.set(name, await signIn(url, { name }));
  const of = (name: Name) => people.get(name) as ChatClient;
  const id = () => randomUUID() as string as MessageId;

  const room = async (
    by: Name,
    name: string,
    kind: "channel" | "private",
    topic: string,
    members: Name[],
  ) => {
    const made = (await of(by).get("room:create", { name, kind, topic })).room.id;
    for (const member of members) await of(by).get("room:invite", { room: made, to: { name: member } });
    return made;
  };
  await room("grace", "board", "private", "Not for the lobby", ["ada"]);
  const design = await room("lena", "design", "channel", "Screens, words, colours", ["ada", "jonas"]);
  const operations = await room("yusuf", "operations", "channel", "What runs, and what does not", [
    "ada",
    "grace",
  ]);
  await of("lena").say("The new icons are in the shared folder.", design);
  await of("jonas").get("message:send", {
    room: design,
    id: id(),
    text: "@ada which of the two blues?",
    mentions: [first.id as never],
  });
  for (const text of ["Backups are green.", "Disk of the second machine is at 70 %."])
    await of("yusuf").say(text, operations);
  const direct = (await of("mira").get("dm:open", { to: { name: shown } })).room.id;
  await of("mira").say("Lunch at half past twelve?", direct);

  await of("lena").get("status:set", {
    mode: "auto",
    emoji: "🎧",
    text: "Drawing until noon",
    lastSeen: true,
  });
  await of("oskar").get("presence:set", { status: "away" });
  await of("tomás").get("status:set", { mode: "dnd", lastSeen: true });

  const said: { seq: number; id: MessageId }[] = [];
  for (const { by, text, answers, reactions = {} } of lines) {
    const message = id();
    const { seq } = await of(by).get("message:send", {
      room: "lobby" as never,
      id: message,
      text,
      ...(answers === undefined ? {} : { replyTo: said[answers] as never }),
      ...(text.startsWith("@ada") ? { mentions: [first.id as never] } : {}),
    });
    said.push({ seq, id: message });
    for (const [emoji, who] of Object.entries(reactions))
      for (const one of who)
        await of(one).get("message:react", {
          room: "lobby" as never,
          id: id(),
          of: { seq, id: message },
          emoji,
          on: true,
        });
  }
  // One who is in the middle of it has read what was said.
  await first.get("room:read", { room: "lobby" as never, n: lines.length });
  return {
    async startTyping(by) {
      await of(by).get("room:typing", { room: "lobby" as never, on: true });
    },
  };
}
