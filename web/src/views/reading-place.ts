/** Distance from an edge, in pixels, that counts as being there. */
const bottomSlack = 48;
/** Below the sticky day line, with something of what came before. */
const goToOffset = 72;
/** Further messages are asked for this many screenfuls before they are needed. */
const lookAhead = 1.5;

/**
 * Keeps what one reads where it is. While one follows the newest, the bottom stays at the bottom; else the first visible
 * message keeps its distance from the top, whatever is added above, taken away, edited or resized.
 */
export function createReadingPlace(
  scroller: HTMLElement,
  content: HTMLElement,
  {
    isNewestDrawn,
    onScroll,
  }: {
    /** Whether the end of what is drawn is the end of the conversation. */
    isNewestDrawn: () => boolean;
    /** `bottom`: there; `top` and `end`: soon at an edge of what is drawn. */
    onScroll: (near: { top: boolean; end: boolean; bottom: boolean }) => void;
  },
) {
  let following = true;
  let anchor: { key: string; offset: number } | undefined;
  /** Where this moved the scroller itself: the event of that is no wish of the person. */
  let movedTo: number | undefined;

  function moveTo(top: number) {
    scroller.scrollTop = top;
    movedTo = scroller.scrollTop;
  }

  function near() {
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    return {
      top: scrollTop < clientHeight * lookAhead,
      end: below < clientHeight * lookAhead,
      bottom: below < bottomSlack,
    };
  }

  /** The first message that is visible below the sticky day line. */
  function takeAnchor() {
    const edge = scroller.getBoundingClientRect().top;
    const keyed = content.querySelectorAll<HTMLElement>("[data-key]");
    let low = 0;
    let high = keyed.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keyed[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle;
      else low = middle + 1;
    }
    const element = keyed[low];
    const key = element?.dataset.key;
    anchor =
      element === undefined || key === undefined
        ? undefined
        : { key, offset: element.getBoundingClientRect().top - edge };
  }

  function restore() {
    if (following) {
      moveTo(scroller.scrollHeight);
      return;
    }
    if (anchor === undefined) return;
    const element = content.querySelector<HTMLElement>(`[data-key="${CSS.escape(anchor.key)}"]`);
    if (element === null) return takeAnchor();
    const offset = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    // Fractions of a pixel would make it creep.
    if (Math.abs(offset - anchor.offset) >= 1) moveTo(scroller.scrollTop + offset - anchor.offset);
  }

  function scrolled() {
    if (movedTo !== undefined && Math.abs(scroller.scrollTop - movedTo) < 1) return;
    movedTo = undefined;
    const edges = near();
    following = edges.bottom && isNewestDrawn();
    takeAnchor();
    onScroll(edges);
  }

  /** Somebody unfolds something: what they pressed stays where it is, and the rest makes room. */
  function unfolding(event: Event) {
    if (!(event.target instanceof Element) || event.target.closest("[aria-expanded]") === null) return;
    following = false;
    takeAnchor();
    onScroll({ top: false, end: false, bottom: false });
  }

  const resized = new ResizeObserver(() => {
    restore();
  });
  resized.observe(scroller);
  resized.observe(content);
  scroller.addEventListener("scroll", scrolled, { passive: true });
  // Before the view hears of it, and changes.
  content.addEventListener("click", unfolding, { capture: true });
  restore();

  return {
    /** To be called after the content changed, before it is painted. */
    drawn() {
      restore();
      // Still near an edge although nobody scrolled: there may be more to fetch.
      const edges = near();
      if (!following || edges.top) onScroll(edges);
    },
    /** Takes one to what is drawn under that key, a little below the top, and keeps it there. */
    goTo(key: string) {
      following = false;
      anchor = { key, offset: goToOffset };
      restore();
      takeAnchor();
      onScroll(near());
    },
    follow() {
      following = true;
      restore();
    },
    stop() {
      resized.disconnect();
      scroller.removeEventListener("scroll", scrolled);
      content.removeEventListener("click", unfolding, { capture: true });
    },
  };
}
