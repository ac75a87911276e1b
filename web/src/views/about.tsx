import { useEffect, useRef, useState } from "preact/hooks";
import type { RequestAnswer } from "../../../services/protocol/index.ts";
import { type Actions, problemOf } from "../actions.ts";
import { lobbyId, type Room, type State } from "../state/model.ts";
import { roomTitle } from "../state/select.ts";
import { Avatar } from "./avatar.tsx";
import { CloseIcon } from "./icons.tsx";
import "./about.css";

type Members = RequestAnswer<"room:members">;

/** What one may want to know of a room, and do with it. Beside the conversation, or instead of it on a phone. */
export function About({
  room,
  state,
  actions,
  main,
}: {
  room: Room;
  state: State;
  actions: Actions;
  main: boolean;
}) {
  // On a phone this is the whole page.
  const Title = main ? "h1" : "h2";
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [room.id]);
  const inside = (
    <>
      <header class="about__head">
        <Title ref={title} class="about__title" tabIndex={-1}>
          About
        </Title>
        <button type="button" class="icon-button" title="Close" onClick={actions.back}>
          <CloseIcon />
          <span class="quietly-hidden">Close</span>
        </button>
      </header>
      <div class="about__body">
        <div class="about__what">
          <p class="about__name" dir="auto">
            {roomTitle(room)}
          </p>
          <p class="about__kind">{kindOf(room)}</p>
          {room.topic ? <p dir="auto">{room.topic}</p> : null}
        </div>
        {room.kind === "direct" || room.id === lobbyId ? null : (
          <div class="about__ways">
            <button type="button" class="button" onClick={() => actions.openDialog("invite")}>
              Invite somebody
            </button>
            <button type="button" class="button" onClick={() => actions.openDialog("leave")}>
              Leave
            </button>
          </div>
        )}
        {room.kind === "direct" ? null : (
          <MemberList
            key={room.id}
            heading={main ? "h2" : "h3"}
            room={room}
            state={state}
            actions={actions}
          />
        )}
      </div>
    </>
  );
  return main ? (
    <main id="main" class="about" tabIndex={-1}>
      {inside}
    </main>
  ) : (
    <aside class="about" aria-label="About this room">
      {inside}
    </aside>
  );
}

function MemberList(props: { room: Room; state: State; actions: Actions; heading: "h2" | "h3" }) {
  const { room, state, actions, heading: Heading } = props;
  const [list, setList] = useState<Members>();
  const [problem, setProblem] = useState<string>();
  // Somebody came or went: the newest such event, whoever it was.
  const changes = state.timelines[room.id]?.entries.findLast((entry) => entry.type === "member")?.seq;

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
          <li key={member.id} class="person">
            <button
              type="button"
              aria-disabled={member.id === state.me?.id}
              title={member.id === state.me?.id ? undefined : `Message ${member.name}`}
              onClick={() => {
                if (member.id !== state.me?.id) actions.openDirect({ id: member.id });
              }}
            >
              <Avatar id={member.id} name={member.name} small status={member.online ? "online" : "offline"} />
              <span class="person__name">
                <bdi>{member.name}</bdi>
                {member.id === state.me?.id ? <span class="person__you"> (you)</span> : null}
              </span>
              {member.online ? null : <span class="person__status">offline</span>}
            </button>
          </li>
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

function kindOf(room: Room): string {
  if (room.id === lobbyId) return "Everybody who signs in is here.";
  switch (room.kind) {
    case "channel":
      return "A channel: everybody can find and join it.";
    case "private":
      return "A private room: only members can read it and invite others.";
    case "direct":
      return "A direct conversation: only the two of you can read it.";
  }
}
