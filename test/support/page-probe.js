// Runs in the page and notes what whoever looks at it would notice. Plain JavaScript, because it is handed to the browser as it is.
// It takes notes until `window.probe.stop()`: see page-notes.ts.
{
  const notes = { keys: [], frames: 0, holes: 0, nodes: 0 };
  let running = true;

  const scroller = document.querySelector(".timeline__scroller");
  const isHole = () => {
    const { left, width, top, height } = scroller.getBoundingClientRect();
    return [0.1, 0.3, 0.5, 0.7, 0.9].some((share) => {
      const there = document.elementFromPoint(left + width / 2, top + height * share);
      return there !== null && there.closest(".day, .to-newest, .timeline__beginning") === null;
    });
  };
  const frame = () => {
    if (!running) return;
    notes.frames += 1;
    if (isHole()) notes.holes += 1;
    notes.nodes = Math.max(notes.nodes, document.querySelectorAll("*").length);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  const pressed = ({ timeStamp }) =>
    requestAnimationFrame(() => {
      // The first task after the frame: by then it is painted.
      const painted = new MessageChannel();
      painted.port1.onmessage = () => notes.keys.push(performance.now() - timeStamp);
      painted.port2.postMessage(null);
    });
  window.addEventListener("keydown", pressed, { capture: true });

  window.probe = {
    stop() {
      running = false;
      window.removeEventListener("keydown", pressed, { capture: true });
      return notes;
    },
  };
}
