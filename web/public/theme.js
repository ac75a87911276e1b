// Runs before the first paint, so that a chosen theme never flashes; a file of its own because inline scripts are refused.
(() => {
  try {
    const look = JSON.parse(localStorage.getItem("parley.look") ?? "{}");
    const root = document.documentElement;
    if (look.theme === "light" || look.theme === "dark") {
      root.dataset.theme = look.theme;
    }
    if (look.contrast === "more") root.dataset.contrast = "more";
  } catch {
    // Without storage the system's setting holds.
  }
})();
