/*
 * Shortcuts: single keys, or two in a row ("g i"), that click what they name.
 *
 * Reads   [data-key] on links, buttons and inputs; its label is data-key-label,
 *         or the text of [data-key-text] inside, or its own text;
 *         [data-opens] names the dialog a button opens.
 * Off     with <html data-shortcuts="off"> (WCAG 2.1.4), and always while one
 *         writes, in a dialog, and with Ctrl, Alt or Meta.
 */
const root = document.documentElement;
const PAUSE = 1200;
let pending = "";
let forget = 0;

const isOn = () => root.dataset.shortcuts !== "off";

const isWriting = (target) =>
  target.isContentEditable ||
  target.closest("select, textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

const usable = (element) =>
  !element.disabled && element.getAttribute("aria-disabled") !== "true" && element.checkVisibility();

function declared() {
  return [...document.querySelectorAll("[data-key]")];
}

/* Links in a closed menu are reached by their key all the same. */
function find(keys) {
  const matching = declared().filter((element) => element.dataset.key === keys && !element.disabled);
  return matching.find(usable) ?? matching.find((element) => element.matches("a[href]"));
}

function use(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    element.focus({ preventScroll: true });
    element.click();
  }
}

function press(event) {
  if (!isOn() || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) {
    return;
  }
  if (isWriting(event.target) || document.querySelector("dialog[open]") || event.key.length !== 1) {
    return;
  }
  const key = event.key.length === 1 && event.shiftKey ? event.key : event.key.toLowerCase();
  const keys = pending ? `${pending} ${key}` : key;
  clearTimeout(forget);
  pending = "";
  const element = find(keys) ?? find(key);
  if (element) {
    event.preventDefault();
    use(element);
  } else if (declared().some((other) => other.dataset.key.startsWith(`${key} `))) {
    pending = key;
    forget = setTimeout(() => {
      pending = "";
    }, PAUSE);
  }
}

function label(element) {
  const text = element.querySelector("[data-key-text]") ?? element;
  return element.dataset.keyLabel ?? text.textContent.trim();
}

function entry(element) {
  const row = document.createElement("div");
  const name = document.createElement("dt");
  const keys = document.createElement("dd");
  name.textContent = label(element);
  keys.className = "key";
  element.dataset.key.split(" ").forEach((part) => {
    const cap = document.createElement("kbd");
    cap.textContent = part;
    keys.append(cap);
  });
  row.append(name, keys);
  return row;
}

/* The help lists what this page declares, so it can not fall behind. */
function fill(dialog) {
  const list = dialog.querySelector("[data-shortcut-list]");
  if (!list) {
    return;
  }
  const seen = new Set();
  const rows = declared().filter((element) => !seen.has(element.dataset.key) && seen.add(element.dataset.key));
  list.replaceChildren(...rows.map(entry));
}

document.addEventListener("keydown", press);
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog) {
    fill(dialog);
    dialog.showModal();
  }
});
