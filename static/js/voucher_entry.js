/* Voucher entry: the chosen account says which cells of its line are used. A line's account cell carries
   data-terms = {"account", "dimensions": [{"id", "name", "required"}], "quantity"}. Cells that the account does not
   know are disabled, so Enter passes them by. */
"use strict";

(() => {
  const cell = (row, name) => row.querySelector(`[data-field="${name}"] input`);

  function setCell(box, dimension, account) {
    if (!box) return;
    const url = new URL(box.dataset.lookupUrl, window.location);
    const store = document.getElementById(box.dataset.lookupFor);
    if (dimension) {
      const before = box.dataset.dimension;
      if (before && before !== String(dimension.id)) { box.value = ""; if (store) store.value = ""; }
      url.searchParams.set("type", dimension.id);
      url.searchParams.set("account", account);
      box.dataset.lookupUrl = url.pathname + url.search;
      box.dataset.dimension = dimension.id;
    } else { box.value = ""; if (store) store.value = ""; }
    box.disabled = !dimension;
    box.placeholder = dimension ? dimension.name : "";
  }

  function apply(row, terms) {
    const known = terms ? terms.dimensions : [];
    setCell(cell(row, "value_text"), known[0], terms?.account);
    setCell(cell(row, "second_text"), known[1], terms?.account);
    const quantity = cell(row, "quantity");
    if (quantity) { quantity.disabled = !(terms && terms.quantity); if (quantity.disabled) quantity.value = ""; }
  }

  const termsOf = (row) => { const text = cell(row, "account_text")?.dataset.terms; return text ? JSON.parse(text) : null; };

  /* Before the grid moves the focus on: capture comes first. */
  document.addEventListener("lookup:chosen", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row && event.detail.terms) { event.target.dataset.terms = JSON.stringify(event.detail.terms); apply(row, event.detail.terms); }
  }, true);

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.closest?.('[data-field="account_text"]') && !box.value) { delete box.dataset.terms; apply(box.closest("tr"), null); }
  });

  /* Lines that are there, and lines that the grid adds later. */
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("table.grid tr[data-row]").forEach((row) => apply(row, termsOf(row)));
    const grid = document.querySelector("table.grid tbody");
    if (grid) new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => { if (node.matches?.("tr[data-row]")) apply(node, termsOf(node)); }))).observe(grid, { childList: true });
  });
})();
