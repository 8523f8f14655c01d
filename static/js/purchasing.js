/* Entry of purchase orders, supplier invoices and payments; needs grid.js for its whole cents. Ctrl+Enter confirms.
   table[data-match]: ticked receipt lines become an invoice; each row shows net, tax, gross and how far the price is from
   the estimate (data-estimate, per unit), the foot their sums and what is missing to the total on paper.
   table[data-keys]: cells that Enter and the arrows go through.
   [data-allocate]: amounts of open invoices beside the amount of a payment; [data-fill] spreads it by due date. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const { cents, roundDiv, show, plainAmount } = window.linesGrid;
  const MILLIONTHS = 10n ** 6n;
  const box = (row, name) => row.querySelector(`[data-cell="${name}"] input, [data-cell="${name}"] select`);
  const put = (root, name, value) => root.querySelectorAll(`[data-show="${name}"]`).forEach((place) => {
    place.textContent = value === null ? "" : show(value);
    place.classList.toggle("red", value !== null && value < 0n);
  });
  const exact = (text) => cents(text, 6) ?? 0n;

  /* --- supplier invoice ---------------------------------------------------------------------------------------- */
  function figuresOf(row) {
    const qty = exact(box(row, "qty").value);
    const net = roundDiv(qty * exact(box(row, "unit_price").value), 10n ** 10n);
    const tax = roundDiv(net * exact(box(row, "tax_rate").value), MILLIONTHS);
    const estimate = roundDiv(qty * exact(row.dataset.estimate), 10n ** 10n);
    return { net, tax, gross: net + tax, variance: net - estimate };
  }

  function computeMatch(table) {
    const sums = { net: 0n, tax: 0n, gross: 0n, variance: 0n };
    for (const row of table.querySelectorAll("tr[data-estimate]")) {
      const taken = box(row, "take").checked;
      row.classList.toggle("untaken", !taken);
      const figures = figuresOf(row);
      for (const [name, value] of Object.entries(figures)) {
        put(row, name, taken ? value : null);
        if (taken) sums[name] += value;
      }
    }
    const form = table.closest("form");
    for (const [name, value] of Object.entries(sums)) put(form, `sum-${name}`, value);
    const paper = form.querySelector("[data-paper-total]");
    put(form, "paper-difference", paper && paper.value ? (cents(paper.value) ?? 0n) - sums.gross : null);
  }

  document.querySelectorAll("table[data-match]").forEach((table) => {
    const form = table.closest("form");
    form.addEventListener("input", (event) => {
      const row = event.target.closest("tr[data-estimate]");
      if (row && event.target.type !== "checkbox") box(row, "take").checked = true;
      computeMatch(table);
    });
    form.addEventListener("change", () => computeMatch(table));
    table.querySelector("[data-take-all]")?.addEventListener("change", (event) => {
      table.querySelectorAll("tr[data-estimate]").forEach((row) => { box(row, "take").checked = event.target.checked; });
      computeMatch(table);
    });
    moveByKeys(table);
    computeMatch(table);
  });

  /* Enter and the arrows go where they go in a grid: to the next cell, to the row above or below. */
  function moveByKeys(table) {
    table.addEventListener("keydown", (event) => {
      const here = event.target.closest("td[data-cell]");
      if (!here || !["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
      if (event.target.tagName === "SELECT" && event.key !== "Enter") return;
      const rows = [...table.tBodies[0].rows];
      const at = rows.indexOf(here.parentElement);
      const step = event.key === "ArrowUp" ? -1 : 1;
      let next = rows[at + step] && box(rows[at + step], here.dataset.cell);
      if (event.key === "Enter") {
        const cells = [...table.tBodies[0].querySelectorAll("td[data-cell] input, td[data-cell] select")];
        next = cells[cells.indexOf(event.target) + 1];
      }
      event.preventDefault();
      if (next) { next.focus(); next.select?.(); }
    });
  }

  document.querySelectorAll("table[data-keys]").forEach(moveByKeys);

  /* --- payment ------------------------------------------------------------------------------------------------- */
  document.querySelectorAll("[data-allocate]").forEach((form) => {
    const boxes = [...form.querySelectorAll("input[data-open]")];
    const given = (name) => cents(form.querySelector(`[name="${name}"]`)?.value || "") ?? 0n;
    const limit = () => (form.dataset.allocate ? cents(form.dataset.allocate) ?? 0n : given("amount") + given("discount"));

    function compute() {
      const sum = boxes.reduce((total, one) => total + (cents(one.value) ?? 0n), 0n);
      put(form, "allocated", sum);
      put(form, "rest", limit() - sum);
      form.querySelector("[data-too-much]")?.toggleAttribute("hidden", sum <= limit());
    }

    form.querySelectorAll("[data-fill]").forEach((button) => button.addEventListener("click", () => {
      let rest = limit();
      if (!rest && button.dataset.fill === "all") {
        const amount = form.querySelector('[name="amount"]');
        rest = boxes.reduce((total, one) => total + cents(one.dataset.open), 0n);
        if (amount) amount.value = plainAmount(rest - given("discount"));
      }
      for (const one of boxes) {
        const open = cents(one.dataset.open);
        const part = rest < open ? rest : open;
        one.value = part > 0n ? plainAmount(part) : "";
        rest -= part > 0n ? part : 0n;
      }
      form.dataset.dirty = "1";
      compute();
    }));
    form.querySelector("[data-clear]")?.addEventListener("click", () => { boxes.forEach((one) => { one.value = ""; }); compute(); });
    form.addEventListener("input", compute);
    form.querySelectorAll("table").forEach(moveByKeys);
    compute();
  });
});

/* Before the grid, which would go to the next cell. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const button = document.querySelector("form[data-document] [data-save-confirm]");
  if (button) { event.preventDefault(); event.stopImmediatePropagation(); button.form.requestSubmit(button); }
}, true);
