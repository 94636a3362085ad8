/*
 * Check: 1 to 5 answer yes, with Shift no, on every keyboard layout.
 *
 * Reads   form[data-check] input[data-answer]; <html data-shortcuts>.
 * Writes  the answer ticked. It executes nothing: that is the button's key.
 */
const form = document.querySelector("form[data-check]");
const root = document.documentElement;

const isWriting = (target) => target.closest("select, textarea, input:not([type=radio])");

function answer(event) {
  const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code);
  if (!digit || event.ctrlKey || event.altKey || event.metaKey || root.dataset.shortcuts === "off") {
    return;
  }
  if (isWriting(event.target) || document.querySelector("dialog[open]")) {
    return;
  }
  const box = form.querySelector(`input[data-answer="${event.shiftKey ? "⇧" : ""}${digit[1]}"]`);
  if (box) {
    event.preventDefault();
    event.stopImmediatePropagation();
    box.click();
    box.focus();
  }
}

if (form) {
  document.addEventListener("keydown", answer, { capture: true });
}
