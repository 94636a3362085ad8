/*
 * Passkey: says in the page what went wrong when a passkey could not be used.
 *
 * allauth's own scripts (mfa/js/webauthn.js) do the work and raise "allauth.error"
 * on the document; without this they would only write to the browser's console.
 * Reads [data-passkey-error="refused"] and ="other": hidden callouts made by the
 * server in the reader's language (parts/passkey_errors.html).
 *
 * The server renders buttons of a passkey ([data-passkey]) disabled: a click before
 * allauth listens would be lost without a word. allauth registers first and listens
 * from DOMContentLoaded on; right after it, they open.
 */
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-passkey]").forEach((button) => {
    button.disabled = false;
  });
});

document.addEventListener("allauth.error", (event) => {
  const name = event.detail?.exception?.name;
  const reason = name === "NotAllowedError" || name === "AbortError" ? "refused" : "other";
  const boxes = [...document.querySelectorAll("[data-passkey-error]")];
  boxes.forEach((box) => {
    box.hidden = box.dataset.passkeyError !== reason;
  });
  if (boxes.some((box) => !box.hidden)) {
    event.preventDefault();
  }
});
