/* The lines grid of a document: a Django formset that is filled in by keyboard. Amounts are whole cents in BigInt,
   never floating point. data-grid="voucher" adds the accountant's keys: = balances, .. and // copy summaries, space
   changes side, - turns red, Tab goes where Enter goes. data-grid="sales" computes net, tax and gross of each line. */
"use strict";

(() => {
  const CENTS = 100n;

  /* "1,234.5" → 123450n; null when it is no amount. Half away from zero beyond two decimals. */
  function cents(text, decimals = 2) {
    const plain = String(text).normalize("NFKC").replace(/[,\s¥]/g, "");
    const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain);
    if (!match || (match[2] === "" && !match[3])) return null;
    const digits = (match[3] || "").padEnd(decimals + 1, "0");
    let value = BigInt((match[2] || "0") + digits.slice(0, decimals));
    if (digits[decimals] >= "5") value += 1n;
    return match[1] === "-" ? -value : value;
  }

  function show(value) {
    const sign = value < 0n ? "-" : "";
    const size = value < 0n ? -value : value;
    const whole = (size / CENTS).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    return `${sign}${whole}.${(size % CENTS).toString().padStart(2, "0")}`;
  }

  const plainAmount = (value) => show(value).replaceAll(",", "");
  const roundDiv = (a, b) => { const n = a < 0n ? -a : a; const q = (n * 2n + b) / (b * 2n); return a < 0n ? -q : q; };

  const rowsOf = (grid) => [...grid.tBodies[0].querySelectorAll("tr[data-row]:not([hidden])")];
  const cell = (row, name) => row.querySelector(`[data-field="${name}"] input, [data-field="${name}"] select`);
  const cellsOf = (row) => [...row.querySelectorAll("td[data-field] input:not([type=hidden]), td[data-field] select")].filter((box) => !box.readOnly && !box.disabled);

  function renumber(grid) { rowsOf(grid).forEach((row, index) => { row.querySelector(".row-no").textContent = index + 1; }); }

  /* A line that is entered after another speaks of the same thing until somebody says otherwise. */
  function inheritSummary(grid, row) {
    const summary = cell(row, "summary");
    if (grid.dataset.grid !== "voucher" || !summary || summary.value) return;
    const rows = rowsOf(grid);
    const above = rows[rows.indexOf(row) - 1];
    if (above) summary.value = cell(above, "summary")?.value || "";
  }

  function addRow(grid, after = null) {
    const prefix = grid.dataset.prefix;
    const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
    const template = document.querySelector(`template[data-grid-template="${prefix}"]`);
    const holder = document.createElement("tbody");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.firstElementChild;
    if (after) after.after(row); else grid.tBodies[0].append(row);
    total.value = Number(total.value) + 1;
    inheritSummary(grid, row);
    renumber(grid);
    return row;
  }

  function removeRow(grid, row) {
    const flag = row.querySelector("input[name$=-DELETE]");
    if (flag) { flag.checked = true; row.hidden = true; } else row.querySelectorAll("input").forEach((box) => { box.value = ""; });
    if (!rowsOf(grid).length) addRow(grid);
    renumber(grid);
    compute(grid);
  }

  /* The keyboard stays in the grid: in the line that takes the place, else in the one above. */
  function removeAndStay(grid, row) {
    const at = rowsOf(grid).indexOf(row);
    removeRow(grid, row);
    const left = rowsOf(grid);
    const next = left[Math.min(at, left.length - 1)];
    inheritSummary(grid, next);
    cellsOf(next)[0]?.focus();
  }

  /* Totals at the foot: elements with data-total="field"; data-difference shows debit − credit. */
  function compute(grid) {
    const rows = rowsOf(grid);
    if (grid.dataset.grid === "sales") rows.forEach(computeSale);
    const sums = {};
    for (const row of rows) {
      for (const box of row.querySelectorAll("td.num input")) {
        const name = box.closest("td").dataset.field;
        const value = cents(box.value);
        box.classList.toggle("red", value !== null && value < 0n);
        if (value !== null) sums[name] = (sums[name] || 0n) + value;
      }
    }
    const form = grid.closest("form");
    form.querySelectorAll("[data-total]").forEach((place) => { place.textContent = show(sums[place.dataset.total] || 0n); });
    const place = form.querySelector("[data-difference]");
    if (place) {
      const difference = (sums.debit || 0n) - (sums.credit || 0n);
      place.textContent = show(difference);
      place.closest(".difference").classList.toggle("off", difference !== 0n);
    }
    return sums;
  }

  function computeSale(row) {
    const [qty, price, rate] = ["qty", "unit_price", "tax_rate"].map((name) => cents(cell(row, name)?.value ?? "", 6));
    if (qty === null || price === null) return;
    const percent = rate ?? 0n;
    const includes = row.closest("form").querySelector("[name=price_includes_tax]")?.checked;
    const amount = roundDiv(qty * price, 10n ** 10n);
    const one = 10n ** 6n;
    const net = includes ? roundDiv(amount * one, one + percent) : amount;
    const tax = includes ? amount - net : roundDiv(net * percent, one);
    for (const [name, value] of [["net", net], ["tax", tax], ["gross", net + tax]]) {
      const place = row.querySelector(`[data-field="${name}"] input, [data-show="${name}"]`);
      if (place) { if ("value" in place) place.value = plainAmount(value); else place.textContent = show(value); }
    }
  }

  function balance(grid, box) {
    const name = box.closest("td").dataset.field;
    const row = box.closest("tr");
    box.value = "";
    const other = cell(row, name === "debit" ? "credit" : "debit");
    if (other) other.value = "";
    const sums = compute(grid);
    const difference = (sums.debit || 0n) - (sums.credit || 0n);
    if (difference !== 0n) box.value = plainAmount(name === "debit" ? -difference : difference);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.select();
  }

  function switchSide(box) {
    const name = box.closest("td").dataset.field;
    const other = cell(box.closest("tr"), name === "debit" ? "credit" : "debit");
    [other.value, box.value] = [box.value, other.value];
    const filled = other.value ? other : box;
    filled.focus(); filled.select();
  }

  function copySummary(grid, box) {
    const rows = rowsOf(grid);
    const at = rows.indexOf(box.closest("tr"));
    if (box.value === ".." && at > 0) box.value = cell(rows[at - 1], "summary").value;
    else if (box.value === "//" && at > 0) box.value = cell(rows[0], "summary").value;
    else return;
    box.setSelectionRange(box.value.length, box.value.length);
  }

  function move(grid, box, event) {
    const row = box.closest("tr");
    const boxes = cellsOf(row);
    const at = boxes.indexOf(box);
    const rows = rowsOf(grid);
    const here = rows.indexOf(row);
    let next = null;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") {
      next = boxes[at + 1];
      if (!next) { const below = rows[here + 1] || addRow(grid); inheritSummary(grid, below); next = cellsOf(below)[0]; }
    } else if (box.tagName !== "SELECT" && !box.parentElement.querySelector(".lookup-list")) {
      const target = event.key === "ArrowDown" ? rows[here + 1] : event.key === "ArrowUp" ? rows[here - 1] : null;
      next = target ? cellsOf(target)[at] : null;
    }
    if (next) { event.preventDefault(); next.focus(); next.select?.(); }
  }

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("table.grid input, table.grid select");
    if (!box || event.isComposing || event.defaultPrevented && !["Enter", "Tab"].includes(event.key)) return;
    const grid = box.closest("table.grid");
    const amount = ["debit", "credit"].includes(box.closest("td").dataset.field);
    if (grid.dataset.grid === "voucher" && amount) {
      if (event.key === "=" || (event.ctrlKey && event.key === "F7")) { event.preventDefault(); balance(grid, box); return; }
      if (event.key === " ") { event.preventDefault(); switchSide(box); compute(grid); return; }
      if (event.key === "-" && box.value) {
        event.preventDefault();
        box.value = box.value.startsWith("-") ? box.value.slice(1) : `-${box.value}`;
        compute(grid); return;
      }
    }
    if ((event.ctrlKey || event.metaKey) && (event.key === "Delete" || event.key === "d")) { event.preventDefault(); removeAndStay(grid, box.closest("tr")); return; }
    if (event.ctrlKey && event.key === "i") { event.preventDefault(); cellsOf(addRow(grid, box.closest("tr")))[0]?.focus(); return; }
    const onward = event.key === "Tab" && !event.shiftKey && grid.dataset.grid === "voucher";
    if (onward || ["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) move(grid, box, event);
  });

  document.addEventListener("input", (event) => {
    const box = event.target.closest("table.grid input, table.grid select");
    const grid = box ? box.closest("table.grid") : document.querySelector("table.grid");
    if (!grid) return;
    if (box && grid.dataset.grid === "voucher" && box.closest("td").dataset.field === "summary") copySummary(grid, box);
    if (box && grid.dataset.grid === "voucher" && ["debit", "credit"].includes(box.closest("td").dataset.field) && box.value) {
      const other = cell(box.closest("tr"), box.closest("td").dataset.field === "debit" ? "credit" : "debit");
      if (other) other.value = "";
    }
    compute(grid);
  });

  document.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-grid-remove]");
    if (remove) { removeRow(remove.closest("table.grid"), remove.closest("tr")); return; }
    const add = event.target.closest("[data-grid-add]");
    if (add) { const grid = document.querySelector(`table.grid[data-prefix="${add.dataset.gridAdd}"]`); cellsOf(addRow(grid))[0]?.focus(); }
  });

  /* A chosen item or account may bring values for other cells of its row: {"fill": {"unit_price": "2.55"}}. */
  document.addEventListener("lookup:chosen", (event) => {
    const row = event.target.closest("tr[data-row]");
    const fill = event.detail.fill;
    if (!row) return;
    for (const [name, value] of Object.entries(fill || {})) { const box = cell(row, name); if (box && (!box.value || box.readOnly)) box.value = value; }
    compute(row.closest("table.grid"));
    const boxes = cellsOf(row);
    boxes[boxes.indexOf(event.target) + 1]?.focus();
  });

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("table.grid").forEach((grid) => { renumber(grid); compute(grid); }));

  window.linesGrid = { addRow, cell, cellsOf, cents, compute, plainAmount, roundDiv, rowsOf, show };
})();
