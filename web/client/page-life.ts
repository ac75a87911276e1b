/** What a browser tells a page about its life; outside a browser nobody calls. */
export interface PageLife {
  /** The page goes away, perhaps for good. */
  onHide: () => void;
  /** The device is back on a network. */
  onNetwork: () => void;
}

type Events = {
  addEventListener?: (name: string, listener: () => void) => void;
  removeEventListener?: (name: string, listener: () => void) => void;
};

/** Starts listening; the answer stops it. */
export function watchPageLife({ onHide, onNetwork }: PageLife): () => void {
  const page = globalThis as Events;
  page.addEventListener?.("pagehide", onHide);
  page.addEventListener?.("online", onNetwork);
  return () => {
    page.removeEventListener?.("pagehide", onHide);
    page.removeEventListener?.("online", onNetwork);
  };
}
