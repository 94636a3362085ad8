/*
 * Rows: j and k go down and up a list, Enter opens the row (it is a link).
 *
 * Reads   [data-rows] around a list, a[data-row] in each row; <html data-shortcuts>.
 * Writes  nothing; it moves the focus, which shows where one is.
 */
const root = document.documentElement;

const isWriting = (target) =>
  target.isContentEditable ||
  target.closest("select, textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

function move(step) {
  const rows = [...document.querySelectorAll("[data-rows] a[data-row]")];
  if (rows.length === 0) {
    return false;
  }
  const here = document.activeElement?.closest("tr")?.querySelector("a[data-row]") ?? document.activeElement;
  const at = rows.indexOf(here);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}

document.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey && !event.isComposing;
  if (!plain || root.dataset.shortcuts === "off" || (event.key !== "j" && event.key !== "k")) {
    return;
  }
  if (isWriting(event.target) || document.querySelector("dialog[open]")) {
    return;
  }
  if (move(event.key === "j" ? 1 : -1)) {
    event.preventDefault();
  }
});
