import { useEffect, useState } from "preact/hooks";
import type { RequestAnswer, Role } from "../../../services/protocol/index.ts";
import { untilWords } from "../../client/until-words.ts";
import { type Actions, problemOf } from "../actions.ts";
import type { Room, State } from "../state/model.ts";
import { timelineOf } from "../state/select.ts";
import { newestEntries } from "../state/stretch.ts";
import { Avatar } from "./avatar.tsx";
import { Menu, type MenuItem } from "./menu.tsx";
import { MoreIcon } from "./message-icons.tsx";
import { type Anchor, Popup } from "./popup.tsx";

type Members = RequestAnswer<"room:members">;
type Member = Members["members"][number];

const ranks: Record<Role, number> = { member: 0, moderator: 1, owner: 2 };
const showsIn = new Set(["member", "role", "mute", "unmute"]);

/** Who is in the room, with what one may do to them. */
export function MemberList(props: { room: Room; state: State; actions: Actions; heading: "h2" | "h3" }) {
  const { room, state, actions, heading: Heading } = props;
  const [list, setList] = useState<Members>();
  const [problem, setProblem] = useState<string>();
  // The newest event after which the list is another one.
  const changes = newestEntries(timelineOf(state, room.id)).findLast(({ type }) => showsIn.has(type))?.seq;

  function load(after?: Members) {
    actions.listMembers(room.id, after?.cursor).then(
      (page) => {
        setProblem(undefined);
        setList(after === undefined ? page : { ...page, members: [...after.members, ...page.members] });
      },
      (error: unknown) => setProblem(problemOf(error)),
    );
  }
  useEffect(() => load(), [room.id, changes, state.link.state === "online"]);

  return (
    <section aria-labelledby="members-title">
      <Heading class="about__members" id="members-title">
        Members {list === undefined ? null : <span class="people__count">{list.count.toLocaleString()}</span>}
      </Heading>
      {problem === undefined ? null : <p class="field__problem">{problem}</p>}
      <ul>
        {list?.members.map((member) => (
          <MemberRow key={member.id} member={member} room={room} me={state.me?.id} actions={actions} />
        ))}
      </ul>
      {list?.cursor === undefined ? null : (
        <button type="button" class="button button--small" onClick={() => load(list)}>
          Show more
        </button>
      )}
    </section>
  );
}

function MemberRow(props: { member: Member; room: Room; me: string | undefined; actions: Actions }) {
  const { member, room, me, actions } = props;
  const [menuAt, setMenuAt] = useState<Anchor | null>(null);
  const mine = member.id === me;
  const items = actsOn(member, room, mine);
  return (
    <li class="person member">
      <button
        type="button"
        aria-disabled={mine}
        title={mine ? undefined : `Message ${member.name}`}
        onClick={() => {
          if (!mine) actions.openDirect({ id: member.id });
        }}
      >
        <Avatar id={member.id} name={member.name} small status={member.online ? "online" : "offline"} />
        <span class="person__name">
          <bdi>{member.name}</bdi>
          {mine ? <span class="person__you"> (you)</span> : null}
        </span>
        {member.muted === undefined ? null : (
          <span class="person__status" title={`Muted ${untilWords(member.muted.until)}`}>
            muted
          </span>
        )}
        {member.role === undefined ? null : <span class="member__role">{member.role}</span>}
        {member.online ? null : <span class="person__status">offline</span>}
      </button>
      {items.length === 0 ? null : (
        <button
          type="button"
          class="member__more"
          title={`What you can do about ${member.name}`}
          aria-haspopup="menu"
          onClick={(event) => setMenuAt(event.currentTarget.getBoundingClientRect())}
        >
          <MoreIcon />
          <span class="quietly-hidden">What you can do about {member.name}</span>
        </button>
      )}
      {menuAt === null ? null : (
        <Popup label={member.name} anchor={menuAt} onClose={() => setMenuAt(null)}>
          {(close) => (
            <Menu
              label={`What you can do about ${member.name}`}
              items={items}
              onChosen={({ run }) => {
                close();
                void run(actions).then((why) => why !== undefined && actions.note(why, "error"));
              }}
            />
          )}
        </Popup>
      )}
    </li>
  );
}

interface Act extends MenuItem {
  run(actions: Actions): Promise<string | undefined>;
}

/** What one's role allows; the server checks it again. */
function actsOn(member: Member, room: Room, mine: boolean): Act[] {
  const acts: Act[] = [];
  const about = { room: room.id, to: { id: member.id } };
  const theirs = member.role ?? "member";
  const give = (role: Role, label: string) => {
    if (theirs !== role)
      acts.push({ key: role, label, run: (actions) => actions.moderate("room:role", { ...about, role }) });
  };
  const ask = (name: "mute" | "remove" | "ban", label: string) =>
    acts.push({
      key: name,
      label,
      dangerous: true,
      async run(actions) {
        actions.openDialog({ name, person: { id: member.id, name: member.name } });
        return undefined;
      },
    });
  if (room.role === "owner") {
    give("owner", "Make owner");
    give("moderator", "Make moderator");
    give("member", mine ? "Give up this role" : "Take the role away");
  }
  if (mine || ranks[room.role ?? "member"] <= ranks[theirs]) return acts;
  if (member.muted === undefined) ask("mute", "Mute …");
  else
    acts.push({
      key: "unmute",
      label: "Let write again",
      run: (actions) => actions.moderate("room:unmute", about),
    });
  if (room.id !== "lobby") {
    ask("remove", "Remove …");
    ask("ban", "Ban …");
  }
  return acts;
}
