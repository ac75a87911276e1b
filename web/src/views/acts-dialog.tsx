import { useEffect, useState } from "preact/hooks";
import type { Ban, RequestAnswer } from "../../../services/protocol/index.ts";
import { untilWords } from "../../client/until-words.ts";
import { type Actions, type Problem, problemOf } from "../actions.ts";
import { banWords, muteWords, roleWords, roomWords } from "../state/act-words.ts";
import type { Room } from "../state/model.ts";
import { roomTitle } from "../state/select.ts";
import { Dialog } from "./dialog.tsx";
import { Outcome } from "./dialog-form.tsx";
import { Moment } from "./times.tsx";
import "./acts-dialog.css";

interface Props {
  room: Room;
  actions: Actions;
  onClose: () => void;
}

type Acts = RequestAnswer<"room:audit">;

/** What was done to the room and to people in it, and who is banned, whose ban can be lifted here. */
export function ActsDialog({ room, actions, onClose }: Props) {
  const [list, setList] = useState<Acts>();
  const [bans, setBans] = useState<readonly Ban[]>([]);
  const [problem, setProblem] = useState<Problem>();

  function load(after?: Acts) {
    Promise.all([actions.listActs(room.id, after?.cursor), actions.listBans(room.id)]).then(
      ([page, banned]) => {
        setList(after === undefined ? page : { ...page, acts: [...after.acts, ...page.acts] });
        setBans(banned);
      },
      (error: unknown) => setProblem(problemOf(error)),
    );
  }
  useEffect(() => load(), [room.id, room.seq]);

  async function lift(ban: Ban) {
    const why = await actions.moderate("room:unban", { room: room.id, to: { id: ban.user.id } });
    setProblem(why);
    if (why === undefined) load();
  }

  return (
    <Dialog title={`Moderation of ${roomTitle(room)}`} onClose={onClose}>
      <Outcome problem={problem} />
      {bans.length === 0 ? null : (
        <section class="acts" aria-labelledby="bans-title">
          <h3 id="bans-title">Banned</h3>
          <ul class="directory">
            {bans.map((ban) => (
              <li key={ban.user.id}>
                <div class="directory__words">
                  <bdi class="directory__name">{ban.user.name}</bdi>
                  <p class="directory__more" dir="auto">
                    By {ban.by.name}, {untilWords(ban.until)}
                    {ban.reason ? `: ${ban.reason}` : ""}
                  </p>
                </div>
                <button type="button" class="button button--small" onClick={() => void lift(ban)}>
                  Lift
                  <span class="quietly-hidden"> the ban of {ban.user.name}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="acts" aria-labelledby="acts-title">
        <h3 id="acts-title">What was done</h3>
        {list === undefined ? (
          <p class="directory__more timeline__loading">Loading …</p>
        ) : list.acts.length === 0 ? (
          <p class="directory__more">
            Nothing yet. What owners and moderators do here is noted in this place.
          </p>
        ) : (
          <ul class="acts__list">
            {list.acts.map((act, i) => (
              <li key={`${act.at} ${i}`}>
                <span dir="auto">{wordsOf(act)}</span>
                <p class="directory__more">
                  <Moment at={act.at} />
                  {act.reason ? <span dir="auto"> · {act.reason}</span> : null}
                </p>
              </li>
            ))}
          </ul>
        )}
      </section>
      {list?.cursor === undefined ? null : (
        <div class="dialog__ways">
          <button type="button" class="button" onClick={() => load(list)}>
            Show more
          </button>
        </div>
      )}
    </Dialog>
  );
}

function wordsOf(act: Acts["acts"][number]): string {
  const by = act.by.name;
  const user = act.user?.name ?? "somebody";
  switch (act.type) {
    case "room":
      return `${by} ${roomWords(act)}`;
    case "role":
      return roleWords(by, user, act.role ?? "member");
    case "remove":
      return `${by} removed ${user}`;
    case "ban":
      return banWords(by, user, act.seconds ?? null);
    case "unban":
      return `${by} lifted the ban of ${user}`;
    case "mute":
      return muteWords(by, user, act.seconds ?? null);
    case "unmute":
      return `${by} lets ${user} write again`;
    case "delete":
      return `${by} deleted a message of ${user}`;
  }
}
