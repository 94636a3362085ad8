/*
 * Selection: ticks all rows, counts the ticked ones, extends with Shift.
 *
 * Reads   input[data-select] in rows, input[data-select-all] in the head, and
 *         [data-select-count] in the bulk bar, all inside one form.
 * Writes  data-ticked on the form: a style that looks for ticked boxes may miss those
 *         that a script ticked or cleared.
 * Without it the bar still appears (CSS) and the form still works.
 */
const words = JSON.parse(document.getElementById("entente-words")?.textContent ?? "{}");
let last = null;

function boxes(form) {
  return [...form.querySelectorAll("input[data-select]:not(:disabled)")];
}

function show(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  const count = form.querySelector("[data-select-count]");
  const head = form.querySelector("[data-select-all]");
  form.dataset.ticked = ticked;
  if (count) {
    count.textContent = (words.selected ?? "{count}").replace("{count}", ticked);
  }
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
}

function extend(form, box) {
  const all = boxes(form);
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  all.slice(from, to + 1).forEach((other) => {
    other.checked = box.checked;
  });
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("input[data-select], input[data-select-all]");
  const form = box?.form;
  if (!form) {
    return;
  }
  if (box.matches("[data-select-all]")) {
    boxes(form).forEach((other) => {
      other.checked = box.checked;
    });
  } else {
    if (event.shiftKey && last?.isConnected && last.form === form) {
      extend(form, box);
    }
    last = box;
  }
  show(form);
});

document.querySelectorAll("form:has([data-select])").forEach(show);
