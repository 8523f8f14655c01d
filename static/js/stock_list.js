/* The list of stock documents: ticked rows are confirmed or printed together. Ctrl+Enter confirms them. */
"use strict";

(() => {
  const form = document.querySelector("form[data-bulk]");
  if (!form) return;
  const bar = form.querySelector("[data-bulk-bar]");
  const ticked = () => [...form.querySelectorAll("input[name=ids]:checked")];
  const show = () => { const count = ticked().length; bar.hidden = !count; bar.querySelector("[data-bulk-count]").textContent = count; };
  form.addEventListener("change", () => window.setTimeout(show));
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-bulk-print]")) return;
    window.open(`${form.dataset.printUrl}?ids=${ticked().map((box) => box.value).join(",")}`);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && ticked().length) { event.preventDefault(); form.requestSubmit(); }
  });
  document.addEventListener("DOMContentLoaded", show);
})();
