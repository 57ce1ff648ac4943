/* The paper beside a form: laid out anew while one types, and fields put into a text by a click. */
(function () {
  "use strict";
  const button = document.querySelector("[data-preview-button]");
  const form = document.getElementById("model_form");
  if (!button || !form) return;
  let waiting = 0, last = null;
  const show = () => form.requestSubmit(button);
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 1200); });
  form.addEventListener("focusin", (event) => { if (event.target.matches("textarea, input[type=text]")) last = event.target; });
  document.querySelectorAll("[data-field]").forEach((field) => field.addEventListener("click", () => {
    const target = last || form.querySelector("textarea[name=body]");
    if (!target) return;
    target.setRangeText("{{ " + field.dataset.field + " }}", target.selectionStart, target.selectionEnd, "end");
    target.focus();
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }));
  window.addEventListener("load", show);
})();
