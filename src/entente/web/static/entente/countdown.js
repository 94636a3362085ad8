/*
 * Countdown: rewrites each time left, once a second, as the server wrote it.
 *
 * Reads   [data-due] (ISO), [data-start], [data-near] (seconds), [data-steps]
 *         (seconds after the start), [data-announce] (what the clock belongs to),
 *         [data-hour-line]; <html data-server-now>; #entente-words (JSON).
 * Writes  text, data-level, the mark of the ruler; #announce at alarm steps only.
 * It never expires, disables or submits anything: time is the server's to keep.
 */
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const STORE = "entente-clock-offset";

const root = document.documentElement;
const words = JSON.parse(document.getElementById("entente-words")?.textContent ?? "null");
const live = document.getElementById("announce");
const spoken = new WeakMap();

/* The server's clock counts, not this device's. A page that comes out of the
 * back-forward cache carries an old server time, which would show more time than
 * there is; there the offset measured earlier in this tab is used. */
function measureOffset() {
  const stamp = Date.parse(root.dataset.serverNow ?? "");
  const [navigation] = performance.getEntriesByType("navigation");
  const stored = Number(sessionStorage.getItem(STORE));
  if (navigation?.type === "back_forward" && sessionStorage.getItem(STORE) !== null) {
    return stored;
  }
  if (Number.isNaN(stamp)) {
    return 0;
  }
  const began = Date.now() - performance.now();
  const offset = stamp - (began + (navigation?.responseStart ?? 0));
  sessionStorage.setItem(STORE, String(offset));
  return offset;
}

const offset = measureOffset();
const now = () => Date.now() + offset;
const two = (number) => String(number).padStart(2, "0");

export function clockText(seconds, units) {
  if (seconds < HOUR) {
    return `${two(Math.floor(seconds / MINUTE))}:${two(seconds % MINUTE)}`;
  }
  if (seconds < 2 * DAY) {
    const minutes = Math.floor((seconds % HOUR) / MINUTE);
    return `${Math.floor(seconds / HOUR)} ${units.h} ${two(minutes)} ${units.min}`;
  }
  return `${Math.floor(seconds / DAY)} ${units.d} ${Math.floor((seconds % DAY) / HOUR)} ${units.h}`;
}

function say(text) {
  if (live) {
    live.textContent = text;
  }
}

/* Spoken once per alarm step passed while the page is open, never for those
 * that had passed before it was opened. */
function announce(element, at, due) {
  const { steps, start, announce: label } = element.dataset;
  if (!steps || !start || !label) {
    return;
  }
  const passedSeconds = (at - Date.parse(start)) / 1000;
  const passed = steps.split(" ").filter((step) => Number(step) <= passedSeconds).length;
  const known = spoken.get(element);
  spoken.set(element, passed);
  if (known === undefined || passed <= known) {
    return;
  }
  const left = Math.ceil((due - at) / 1000);
  const pattern = left > 0 ? words.announce : words.announce_over;
  say(pattern.replace("{time}", clockText(Math.max(left, 0), words.units)).replace("{label}", label));
}

function write(element, at) {
  const due = Date.parse(element.dataset.due);
  const left = (due - at) / 1000;
  const near = Number(element.dataset.near);
  const level = left <= 0 ? "over" : left <= near ? "near" : "ample";
  const seconds = left <= 0 ? Math.floor(-left) : Math.ceil(left);
  element.querySelector(".time__clock").textContent = clockText(seconds, words.units);
  if (element.dataset.level !== level) {
    element.dataset.level = level;
    element.querySelector(".time__word").textContent = words[level];
  }
  announce(element, at, due);
}

function drawRuler(ruler, at) {
  const start = Date.parse(ruler.dataset.start);
  const share = (at - start) / (Date.parse(ruler.dataset.due) - start);
  const percent = Math.min(Math.max(share, 0), 1) * 100;
  const place = `${ruler.dataset.mirrored === "1" ? 100 - percent : percent}%`;
  ruler.querySelector("[data-mark]").setAttribute("cx", place);
  ruler.querySelector("[data-past]").setAttribute("x2", place);
}

function tick() {
  const at = now();
  document.querySelectorAll(".time[data-due]").forEach((element) => write(element, at));
  document.querySelectorAll("[data-hour-line]").forEach((ruler) => drawRuler(ruler, at));
  // On the whole second of the server's clock, so that all clocks turn together.
  setTimeout(tick, 1000 - (((at % 1000) + 1000) % 1000));
}

if (words) {
  tick();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      const at = now();
      document.querySelectorAll(".time[data-due]").forEach((element) => write(element, at));
    }
  });
}
