export interface Changing<S, A> {
  readonly state: S;
  /** Applies the action at once; listeners hear of all actions of a frame together. */
  dispatch(action: A): void;
  listen(listener: (state: S) => void): () => void;
}

export interface StoreDeps<S, A> {
  initial: S;
  reduce: (state: S, action: A, nowMs: number) => S;
  now: () => number;
  /** Calls back once, before the next frame is drawn. */
  soon: (callback: () => void) => void;
}

/** Holds the state; a burst of actions costs its listeners one call a frame. */
export function createStore<S, A>(deps: StoreDeps<S, A>): Changing<S, A> {
  const listeners = new Set<(state: S) => void>();
  let state = deps.initial;
  let due = false;

  function tell() {
    due = false;
    for (const listener of [...listeners]) listener(state);
  }

  return {
    get state() {
      return state;
    },
    dispatch(action) {
      const next = deps.reduce(state, action, deps.now());
      if (next === state) return;
      state = next;
      if (due) return;
      due = true;
      deps.soon(tell);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
