/*
 * Preview: shows hard material only when asked, the way its reader prefers.
 *
 * Reads   [data-preview] with data-blur, data-colour, data-size, data-sound;
 *         [data-reveal], [data-hide], [data-toggle][data-values] inside;
 *         [data-player], the controls of a film or a sound (player.js);
 *         details[data-viewing] and [data-viewing-text] for texts;
 *         data-beacon and data-token, once on the page.
 * Writes  those attributes, and src from data-src on first reveal.
 * Sends   to data-beacon nothing but whole seconds looked at, for the reader alone.
 */
const EVERY = 30_000;
const OPEN = ".preview__full:not([hidden]), details[data-viewing][open], [data-viewing-text]";

/* One count for the whole page: two open items are looked at by one pair of eyes. */
const watch = {
  since: 0,
  sum: 0,

  note() {
    const now = Date.now();
    if (this.since) {
      this.sum += now - this.since;
    }
    this.since = !document.hidden && document.querySelector(OPEN) ? now : 0;
  },

  send() {
    const { beacon, token } = document.querySelector("[data-beacon]")?.dataset ?? {};
    const seconds = Math.floor(this.sum / 1000);
    if (!beacon || seconds < 1) {
      return;
    }
    this.sum -= seconds * 1000;
    const body = new FormData();
    body.append("seconds", String(seconds));
    body.append("csrfmiddlewaretoken", token ?? "");
    navigator.sendBeacon(beacon, body);
  },
};

function pauseMedia(figure) {
  figure.querySelectorAll("video, audio").forEach((media) => media.pause());
}

function setOpen(figure, open) {
  const full = figure.querySelector(".preview__full");
  const media = full?.querySelector("[data-src]");
  if (!full) {
    return;
  }
  if (open && media && !media.getAttribute("src")) {
    media.src = media.dataset.src;
  }
  full.hidden = !open;
  figure.querySelectorAll(".preview__veil, .preview__poster").forEach((cover) => {
    cover.hidden = open;
  });
  figure.querySelector("[data-reveal]").setAttribute("aria-expanded", String(open));
  figure.querySelector("[data-hide]").hidden = !open;
  const player = figure.querySelector("[data-player]");
  if (player) {
    player.hidden = !open;
  }
  settle();
  if (open) {
    figure.querySelector("[data-hide]").focus();
  } else {
    pauseMedia(figure);
    figure.querySelector("[data-reveal]").focus();
  }
}

/* data-values lists the careless value first; the button is pressed otherwise. */
function turn(figure, button) {
  const name = button.dataset.toggle;
  const values = button.dataset.values.split(" ");
  const next = values[(values.indexOf(figure.dataset[name]) + 1) % values.length];
  figure.dataset[name] = next;
  button.setAttribute("aria-pressed", String(next !== values[0]));
  if (name === "sound") {
    figure.querySelectorAll("video, audio").forEach((media) => {
      media.muted = next !== "on";
    });
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal], [data-hide], [data-toggle]");
  const figure = button?.closest("[data-preview]");
  if (!figure) {
    return;
  }
  if (button.dataset.toggle) {
    turn(figure, button);
  } else {
    setOpen(figure, button.matches("[data-reveal]"));
  }
});

function settle() {
  watch.note();
  watch.send();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    document.querySelectorAll("[data-preview]").forEach(pauseMedia);
  }
  settle();
});
document.addEventListener("toggle", settle, true);
document.addEventListener("htmx:afterSettle", settle);
addEventListener("pagehide", () => {
  watch.note();
  watch.since = 0;
  watch.send();
});
addEventListener("pageshow", settle);
setInterval(settle, EVERY);
