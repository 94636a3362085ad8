/*
 * Theme: light or dark, as the reader chose on this device.
 *
 * A small classic script in the head, not a module, because it must run before
 * the first paint. It touches only the data-theme attribute and localStorage.
 */
(() => {
  const root = document.documentElement;
  const KEY = "entente-theme";

  const read = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be forbidden; the server's choice stands
    }
  };

  const chosen = read();
  if (chosen === "light" || chosen === "dark") {
    root.dataset.theme = chosen;
  }

  const current = () =>
    root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) {
      return;
    }
    const next = current() === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // kept for this page only
    }
  });
})();
