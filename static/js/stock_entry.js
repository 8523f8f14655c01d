/* Entry of stock documents, beside grid.js: units of the chosen item, quantity in the base unit, cost ↔ amount, stock
   on hand of the chosen warehouse, lots that expire first, the shares of a landed cost. */
"use strict";

(() => {
  const form = document.querySelector("form[data-stock-entry]");
  if (!form) return;
  const { addRow, cell, cellsOf, cents, compute, rowsOf } = window.linesGrid;
  const grid = form.querySelector("table.grid");
  const MILLION = 10n ** 6n;
  const TEN = 10n ** 10n;
  const field = (row, name) => row.querySelector(`input[name$="-${name}"]`);
  const warehouse = () => document.getElementById("id_warehouse")?.value || "";

  /* Whole numbers of 10^-places as people write them. */
  function plain(value, places) {
    const sign = value < 0n ? "-" : "";
    const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
    const fraction = digits.slice(-places).replace(/0+$/, "");
    return sign + digits.slice(0, -places) + (fraction ? `.${fraction}` : "");
  }
  const half = (a, b) => (a * 2n + b) / (b * 2n);

  function baseQty(row) {
    const qty = cents(cell(row, "qty")?.value ?? "", 6);
    if (qty === null) return null;
    const option = cell(row, "unit")?.selectedOptions[0];
    const factor = cents(option?.dataset.factor || "1", 6);
    return half(qty * factor, MILLION);
  }

  function showBase(row) {
    const base = cell(row, "base");
    if (!base) return;
    const qty = baseQty(row);
    base.value = qty === null || !cell(row, "unit").value ? "" : plain(qty, 6);
  }

  function costFromAmount(row) {
    const [cost, amount, qty] = [cell(row, "unit_cost"), cents(cell(row, "cost_amount")?.value ?? "", 2), baseQty(row)];
    if (cost && amount !== null && qty) cost.value = plain(half(amount * 10n ** 14n, qty), 10);
  }

  function amountFromCost(row) {
    const [box, cost, qty] = [cell(row, "cost_amount"), cents(cell(row, "unit_cost")?.value ?? "", 10), baseQty(row)];
    if (box && cost !== null && qty !== null) box.value = plain(half(cost * qty, 10n ** 14n), 2);
  }

  /* Quantities of several units add up in base units. */
  function total() {
    const place = form.querySelector("[data-base-total]");
    if (place) place.textContent = plain(rowsOf(grid).reduce((sum, row) => sum + (baseQty(row) ?? 0n), 0n), 6);
  }

  function units(row, hit) {
    const box = cell(row, "unit");
    if (!box) return;
    box.replaceChildren(new Option(hit.unit, ""));
    for (const unit of hit.units) {
      const option = new Option(unit.name, unit.id);
      option.dataset.factor = unit.factor;
      box.append(option);
    }
    box.value = hit.chosen_unit || "";
  }

  async function refreshOnHand() {
    const rows = rowsOf(grid).filter((row) => field(row, "item")?.value && cell(row, "on_hand"));
    if (!rows.length) return;
    const url = new URL(form.dataset.onHandUrl, window.location);
    url.searchParams.set("items", [...new Set(rows.map((row) => field(row, "item").value))].join(","));
    url.searchParams.set("warehouse", warehouse());
    const response = await fetch(url);
    if (!response.ok || response.redirected) return;
    const found = await response.json();
    for (const row of rows) {
      const stock = found[field(row, "item").value];
      if (!stock) continue;
      for (const name of ["on_hand", "available"]) { const box = cell(row, name); if (box) box.value = stock[name]; }
      mark(row);
    }
  }

  /* More than is available: the figure turns red before anything is refused. */
  function mark(row) {
    const box = cell(row, "available");
    if (!box) return;
    const [available, qty] = [cents(box.value, 6), baseQty(row)];
    box.classList.toggle("short", available !== null && qty !== null && qty > available);
  }

  document.addEventListener("lookup:chosen", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row) return;
    const name = event.target.closest("td").dataset.field;
    if (name === "item_text") {
      units(row, event.detail);
      row.dataset.tracking = event.detail.tracking || "";
      showBase(row); amountFromCost(row); mark(row);
      if (event.detail.chosen_unit && cell(row, "qty") && !cell(row, "qty").value) cell(row, "qty").value = "1";
      compute(grid); total();
    }
  });

  form.addEventListener("input", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) {
      const name = event.target.closest("td").dataset.field;
      if (["qty", "unit"].includes(name)) { showBase(row); amountFromCost(row); mark(row); }
      if (name === "unit_cost") amountFromCost(row);
      if (name === "cost_amount") costFromAmount(row);
      compute(grid); total();
    }
    if (event.target.id === "id_warehouse") refreshOnHand();
    if (form.dataset.previewUrl && ["amount", "allocate_by"].includes(event.target.name)) preview();
  });

  /* --- lots: the first to expire goes first; a line that needs several becomes several ------------------------- */
  async function suggest(row) {
    const item = field(row, "item")?.value;
    const lot = cell(row, "lot_text");
    if (!item || !lot || lot.value || row.dataset.tracking === "") return;
    const qty = baseQty(row);
    const url = new URL(form.dataset.lotsUrl, window.location);
    url.searchParams.set("item", item);
    url.searchParams.set("warehouse", warehouse());
    url.searchParams.set("qty", qty ? plain(qty, 6) : "1");
    const response = await fetch(url);
    if (!response.ok || response.redirected) return;
    const { lots } = await response.json();
    let at = row;
    lots.forEach((share, index) => {
      if (index) {
        const next = addRow(grid, at);
        for (const name of ["item_text", "on_hand", "available"]) { const from = cell(row, name); const to = cell(next, name); if (from && to) to.value = from.value; }
        field(next, "item").value = item;
        const unit = cell(next, "unit");
        if (unit) unit.replaceChildren(...[...cell(row, "unit").options].map((option) => option.cloneNode(true)));
        next.dataset.tracking = row.dataset.tracking ?? "lot";
        at = next;
      }
      cell(at, "lot_text").value = share.number;
      field(at, "lot").value = share.id;
      const unit = cell(at, "unit");
      if (unit && lots.length > 1) unit.value = "";
      if (lots.length > 1 || !cell(at, "qty").value) cell(at, "qty").value = share.qty;
      showBase(at); mark(at);
    });
    compute(grid); total();
  }

  async function suggestAll() { for (const row of rowsOf(grid)) await suggest(row); cellsOf(rowsOf(grid)[0])[0]?.focus(); }

  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-suggest-lots]")) suggestAll();
    if (event.target.closest("[data-grid-remove]")) window.setTimeout(total);
  });
  form.addEventListener("keyup", (event) => { if (event.ctrlKey || event.metaKey) total(); });

  /* --- landed cost ------------------------------------------------------------------------------------------- */
  let waiting = null;
  function preview() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(async () => {
      const url = new URL(form.dataset.previewUrl, window.location);
      for (const name of ["of_document", "amount", "allocate_by"]) url.searchParams.set(name, form.elements[name].value);
      const response = await fetch(url, { headers: { "HX-Request": "true" } });
      if (response.ok && !response.redirected) form.querySelector("[data-preview]").innerHTML = await response.text();
    }, 200);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "F9" && form.querySelector("[data-suggest-lots]")) { event.preventDefault(); suggestAll(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const button = form.querySelector(event.shiftKey ? "[data-save-next]" : "[data-save-confirm]");
      if (button) { event.preventDefault(); event.stopImmediatePropagation(); form.requestSubmit(button); }
    }
  }, true);

  document.addEventListener("DOMContentLoaded", () => {
    if (grid) { rowsOf(grid).forEach((row) => { showBase(row); mark(row); }); total(); refreshOnHand(); }
    if (form.dataset.previewUrl && form.elements.amount.value) preview();
    if (!document.querySelector("[autofocus], [aria-invalid=true]")) form.querySelector(".form-grid input:not([type=hidden])")?.focus();
  });
})();
