/* Voucher entry: the chosen account says which cells of its line are used. A line's account cell carries
   data-terms = {"account", "dimensions": [{"id", "name", "required"}], "quantity", "unit", "currency", "cash"}.
   Cells that the account does not know are disabled, so Enter passes them by; columns that no line uses are hidden. */
"use strict";

(() => {
  const { cell, cellsOf, cents, compute, plainAmount, roundDiv, rowsOf } = window.linesGrid;
  const grid = () => document.querySelector('table.grid[data-grid="voucher"]');
  const storeOf = (box) => document.getElementById(box.dataset.lookupFor);
  const fieldOf = (box) => box.closest("td")?.dataset.field;
  const termsOf = (row) => { const text = cell(row, "account_text")?.dataset.terms; return text ? JSON.parse(text) : null; };

  /* --- which cells a line has ---------------------------------------------------------------------------------- */
  function useCell(box, used) {
    if (!box) return;
    box.disabled = !used;
    if (used) return;
    box.value = "";
    const store = storeOf(box);
    if (store) store.value = "";
  }

  function setDimension(box, dimension, account) {
    useCell(box, Boolean(dimension));
    box.placeholder = dimension ? dimension.name : "";
    if (!dimension) { delete box.dataset.dimension; return; }
    const before = box.dataset.dimension;
    if (before && before !== String(dimension.id)) { box.value = ""; storeOf(box).value = ""; }
    const url = new URL(box.dataset.lookupUrl, window.location);
    url.searchParams.set("type", dimension.id);
    url.searchParams.set("account", account);
    box.dataset.lookupUrl = url.pathname + url.search;
    box.dataset.dimension = dimension.id;
  }

  function setCurrency(row, terms) {
    const box = cell(row, "currency_text");
    const fixed = terms?.currency && terms.currency !== "*" ? terms.currency : "";
    const before = storeOf(box).value;
    useCell(box, Boolean(terms?.currency));
    box.readOnly = Boolean(fixed);
    if (fixed) { box.value = fixed; storeOf(box).value = fixed; if (before !== fixed) proposeRate(row, true); }
    useForeign(row);
  }

  function useForeign(row) {
    const foreign = Boolean(storeOf(cell(row, "currency_text")).value);
    for (const name of ["original_amount", "rate"]) useCell(cell(row, name), foreign);
  }

  function apply(row, terms) {
    const known = terms ? terms.dimensions : [];
    row.querySelectorAll('td[data-field^="value"] input').forEach((box, index) => setDimension(box, known[index], terms?.account));
    setCurrency(row, terms);
    for (const name of ["quantity", "unit_price"]) useCell(cell(row, name), Boolean(terms?.quantity));
    for (const name of ["settlement_method", "settlement_no"]) useCell(cell(row, name), Boolean(terms?.cash));
    if (terms?.quantity) cell(row, "quantity").placeholder = terms.unit || "";
    applyTogether();
  }

  /* Cash-flow cells open on the counter lines of cash; a column is shown when some line uses it. */
  function applyTogether() {
    const table = grid();
    const rows = rowsOf(table);
    const terms = rows.map(termsOf);
    const withCash = terms.some((each) => each?.cash);
    rows.forEach((row, index) => { const box = cell(row, "cash_flow_text"); box.disabled = !(withCash && terms[index] && !terms[index].cash); });
    table.querySelectorAll("th[data-optional]").forEach((head) => {
      const used = rows.some((row) => { const box = cell(row, head.dataset.col); return box && !box.disabled; });
      table.querySelectorAll(`[data-col="${head.dataset.col}"], td[data-field="${head.dataset.col}"]`).forEach((part) => { part.hidden = !used; });
    });
  }

  /* --- amounts that follow from other cells -------------------------------------------------------------------- */
  function setAmount(row, value) {
    const side = cell(row, "credit").value ? "credit" : "debit";
    cell(row, side).value = plainAmount(value);
    compute(grid());
  }

  function foreignAmount(row) {
    const original = cents(cell(row, "original_amount").value);
    const rate = cents(cell(row, "rate").value, 8);
    if (original !== null && rate !== null) setAmount(row, roundDiv(original * rate, 10n ** 8n));
  }

  function countedAmount(row) {
    const quantity = cents(cell(row, "quantity").value, 6);
    const price = cents(cell(row, "unit_price").value, 10);
    if (quantity === null || price === null) return;
    const amount = roundDiv(quantity * price, 10n ** 14n);
    const original = cell(row, "original_amount");
    if (original.disabled) setAmount(row, amount);
    else { original.value = plainAmount(amount); foreignAmount(row); }
  }

  /* An amount in base currency that came first (=, typed): what it is in the line's currency. */
  function originalAmount(row, box) {
    const original = cell(row, "original_amount");
    const [value, rate] = [cents(box.value), cents(cell(row, "rate").value, 8)];
    if (!original.disabled && !original.value && value !== null && rate) original.value = plainAmount(roundDiv(value * 10n ** 8n, rate));
  }

  async function proposeRate(row, replace) {
    const box = cell(row, "rate");
    const code = storeOf(cell(row, "currency_text")).value;
    if (!code || (box.value && !replace)) return;
    const url = new URL(cell(row, "currency_text").dataset.lookupUrl, window.location);
    url.searchParams.set("q", code);
    url.searchParams.set("date", document.getElementById("id_date").value);
    const response = await fetch(url);
    if (!response.ok) return;
    const found = (await response.json()).results.find((each) => each.code === code);
    if (found?.fill.rate && storeOf(cell(row, "currency_text")).value === code) { box.value = found.fill.rate; box.dataset.proposed = "1"; foreignAmount(row); }
  }

  /* --- status line: the balance of the account where the cursor is ---------------------------------------------- */
  async function showBalance(row) {
    const place = document.querySelector("[data-status]");
    const id = storeOf(cell(row, "account_text")).value;
    if (!place || !id || place.dataset.account === id) return;
    place.dataset.account = id;
    const response = await fetch(place.dataset.balanceUrl.replace("/0/", `/${id}/`));
    if (response.ok && place.dataset.account === id) place.textContent = (await response.json()).text;
  }

  /* --- events ---------------------------------------------------------------------------------------------------- */
  /* Before the grid moves the focus on: capture comes first. */
  document.addEventListener("lookup:chosen", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row) return;
    if (event.detail.terms) { event.target.dataset.terms = JSON.stringify(event.detail.terms); apply(row, event.detail.terms); showBalance(row); }
    if (fieldOf(event.target) === "currency_text") { cell(row, "rate").value = ""; useForeign(row); applyTogether(); proposeRate(row, true); }
  }, true);

  document.addEventListener("input", (event) => {
    const box = event.target;
    const row = box.closest?.('table.grid[data-grid="voucher"] tr[data-row]');
    if (!row) {
      if (box.id === "id_date") rowsOf(grid()).forEach((each) => proposeRate(each, cell(each, "rate").dataset.proposed === "1"));
      return;
    }
    const field = fieldOf(box);
    if (field === "account_text" && !box.value) { delete box.dataset.terms; apply(row, null); }
    if (field === "currency_text" && !box.value) { useForeign(row); applyTogether(); }
    if (field === "rate") delete box.dataset.proposed;
    if (field === "original_amount" || field === "rate") foreignAmount(row);
    if (field === "quantity" || field === "unit_price") countedAmount(row);
    if (field === "debit" || field === "credit") originalAmount(row, box);
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.('table.grid[data-grid="voucher"] tr[data-row]');
    if (row) showBalance(row);
  });

  /* F8 in the cash-flow cell is a look-up, as F7; Ctrl+F7 balances from any cell; F9 keeps the summary;
     Ctrl+Enter and Ctrl+Shift+S save and begin the next voucher. */
  document.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    const another = document.querySelector("form[data-document] button[name=another]");
    if (another && control && (event.key === "Enter" || (event.shiftKey && event.key.toLowerCase() === "s"))) {
      event.preventDefault(); event.stopImmediatePropagation();
      another.form.requestSubmit(another);
      return;
    }
    const row = event.target.closest?.('table.grid[data-grid="voucher"] tr[data-row]');
    if (!row) return;
    const field = fieldOf(event.target);
    if (event.key === "F8" && field === "cash_flow_text") {
      event.preventDefault(); event.stopImmediatePropagation();
      event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "F7", bubbles: true, cancelable: true }));
    }
    if (event.key === "F7" && control && field !== "debit" && field !== "credit") {
      event.preventDefault(); event.stopImmediatePropagation();
      const box = cell(row, missingSide(row));
      box.focus();
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "=", bubbles: true, cancelable: true }));
    }
    if (event.key === "F9" && field === "summary") { event.preventDefault(); keepSummary(event.target); }
  }, true);

  /* The side that balances: the one that no other line has, else the one that comes out black. */
  function missingSide(row) {
    const others = rowsOf(grid()).filter((each) => each !== row);
    const [debits, credits] = ["debit", "credit"].map((name) => others.filter((each) => cell(each, name).value));
    if (!credits.length) return "credit";
    if (!debits.length) return "debit";
    const total = (rows, name) => rows.reduce((sum, each) => sum + (cents(cell(each, name).value) ?? 0n), 0n);
    return total(debits, "debit") > total(credits, "credit") ? "credit" : "debit";
  }

  async function keepSummary(box) {
    const place = document.querySelector("[data-status]");
    const text = box.value.trim();
    if (!text || !place?.dataset.summaryUrl) return;
    const answer = await fetch(place.dataset.summaryUrl, {
      method: "POST",
      headers: { "X-CSRFToken": box.form.querySelector("[name=csrfmiddlewaretoken]").value },
      body: new URLSearchParams({ text }),
    });
    place.dataset.account = "";
    place.textContent = (await answer.json()).message;
  }

  /* Lines that are there, and lines that the grid adds later. The cursor begins in the first free cell. */
  document.addEventListener("DOMContentLoaded", () => {
    const table = grid();
    if (!table) return;
    table.querySelectorAll("tr[data-row]").forEach((row) => apply(row, termsOf(row)));
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => { if (node.matches?.("tr[data-row]")) apply(node, termsOf(node)); }))).observe(table.tBodies[0], { childList: true });
    if (!document.querySelector("[aria-invalid=true]")) cellsOf(rowsOf(table)[0])[0]?.focus();
  });
})();
