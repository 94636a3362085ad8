/*
 * Player: our own controls for a film or a sound in a preview; those of the
 * browser would be blurred together with the film.
 *
 * Reads   [data-preview] with a video or an audio; [data-play] with
 *         data-playing-label, [data-position], [data-elapsed], [data-unplayable].
 * Writes  their words and values. Nothing plays, and nothing is fetched, before
 *         [data-play] is pressed. Sound and veil are preview.js.
 */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function control(figure) {
  const media = figure.querySelector(".preview__full video, .preview__full audio");
  const button = figure.querySelector("[data-play]");
  if (!media || !button) {
    return;
  }
  const position = figure.querySelector("[data-position]");
  const words = button.querySelector("[data-key-text]");
  const labels = { true: words.textContent, false: button.dataset.playingLabel };
  button.addEventListener("click", () => {
    if (media.paused) {
      media.play().catch(() => {});
    } else {
      media.pause();
    }
  });
  position.addEventListener("input", () => {
    media.currentTime = Number(position.value);
  });
  for (const name of ["play", "pause", "ended"]) {
    media.addEventListener(name, () => {
      words.textContent = labels[media.paused];
    });
  }
  for (const name of ["loadedmetadata", "durationchange", "timeupdate"]) {
    media.addEventListener(name, () => {
      const known = Number.isFinite(media.duration);
      position.disabled = !known;
      position.max = String(known ? media.duration : 0);
      position.value = String(media.currentTime);
      const whole = known ? ` / ${clock(media.duration)}` : "";
      figure.querySelector("[data-elapsed]").textContent = clock(media.currentTime) + whole;
    });
  }
  media.addEventListener("error", () => {
    figure.querySelector("[data-unplayable]").hidden = false;
  });
}

document.querySelectorAll("[data-preview]").forEach(control);
