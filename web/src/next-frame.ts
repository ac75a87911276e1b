const longestFrameMs = 200;

/** Before the next frame; pages that get none, because nobody sees them, still count in their title what is unread. */
export function nextFrame(callback: () => void) {
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    callback();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, longestFrameMs);
}
