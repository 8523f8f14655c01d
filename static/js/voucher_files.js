/* Files of a voucher: dropped on the card or chosen, they are sent at once. */
"use strict";

(() => {
  const card = document.querySelector("[data-drop]");
  if (!card) return;
  const box = card.querySelector("input[type=file]");
  const over = (event, on) => { event.preventDefault(); card.classList.toggle("over", on); };
  card.addEventListener("dragover", (event) => over(event, true));
  card.addEventListener("dragleave", (event) => over(event, false));
  card.addEventListener("drop", (event) => {
    over(event, false);
    if (!event.dataTransfer.files.length) return;
    box.files = event.dataTransfer.files;
    box.form.requestSubmit();
  });
})();
