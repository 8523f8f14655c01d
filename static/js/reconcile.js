/* Sums of the chosen lines on both sides; the button waits until they are equal. Cents as BigInt: no rounding. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-reconcile]");
  if (!form) return;
  const button = form.querySelector("[data-save]");
  const cents = (text) => { const minus = text.startsWith("-"); const [whole, part = ""] = text.replace("-", "").split("."); const value = BigInt(whole + part.padEnd(2, "0").slice(0, 2)); return minus ? -value : value; };
  const shown = (value) => { const text = String(value < 0n ? -value : value).padStart(3, "0"); return (value < 0n ? "-" : "") + text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + text.slice(-2); };
  const refresh = () => {
    const sums = { bank: 0n, book: 0n };
    let chosen = 0;
    form.querySelectorAll("input[data-side]:checked").forEach((box) => { sums[box.dataset.side] += cents(box.dataset.amount); chosen += 1; });
    sums.difference = sums.bank - sums.book;
    Object.entries(sums).forEach(([name, value]) => { const place = form.querySelector(`[data-sum="${name}"]`); if (place) place.textContent = shown(value); });
    if (button) button.disabled = chosen < 2 || sums.difference !== 0n;
  };
  form.addEventListener("change", refresh);
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.ctrlKey && button && !button.disabled) { event.preventDefault(); form.requestSubmit(button); } });
  refresh();
})();
