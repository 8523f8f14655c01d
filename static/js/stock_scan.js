/* Scanning a stock document: every code + Enter adds to the line of its item (and lot). Scans wait in a queue, so a
   fast scanner loses none; what is scanned survives a reload. Quantities are millionths in BigInt. */
"use strict";

(() => {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const $ = (selector, root = form) => root.querySelector(selector);
  const code = $("#scan-code");
  const lotBox = $("#scan-lot");
  const expiryBox = $("#scan-expiry");
  const body = $("table.scan-lines tbody");
  const card = $(".scan-card");
  const MILLION = 10n ** 6n;
  const KEY = `scan:${form.dataset.kind}`;
  const done = [];
  const queue = [];
  let busy = false;

  function number(text) {
    const match = /^(\d*)(?:\.(\d{0,6}))?$/.exec(String(text).normalize("NFKC").replace(/[,\s]/g, ""));
    if (!match || (match[1] === "" && !match[2])) return null;
    return BigInt(match[1] || "0") * MILLION + BigInt((match[2] || "").padEnd(6, "0"));
  }
  function shown(value) {
    const fraction = (value % MILLION).toString().padStart(6, "0").replace(/0+$/, "");
    return (value / MILLION).toString() + (fraction ? `.${fraction}` : "");
  }

  /* "12*6901234567892" is twelve of it. */
  function parse(text) {
    const match = /^(\d+(?:\.\d+)?)\s*[*×]\s*(.+)$/.exec(text.normalize("NFKC").trim());
    return match ? { times: number(match[1]), code: match[2].trim() } : { times: MILLION, code: text.trim() };
  }

  const rows = () => [...body.querySelectorAll("[data-scan-line]:not([hidden])")];
  const value = (row, name) => row.querySelector(`input[name$="-${name}"]`);
  const lotOf = (row) => value(row, "lot_text")?.value || "";

  function say(text, good) {
    $("[data-scan-said]").textContent = text || "\u00a0";
    card.classList.remove("ok", "bad");
    void card.offsetWidth;
    card.classList.add(good ? "ok" : "bad");
  }

  function rowFor(item, lot) {
    const found = rows().find((row) => value(row, "item").value === String(item.id) && lotOf(row) === lot);
    if (found) return found;
    const total = form.querySelector("input[name$=-TOTAL_FORMS]");
    const holder = document.createElement("tbody");
    holder.innerHTML = $("[data-scan-template]").innerHTML.replaceAll("__prefix__", total.value);
    total.value = Number(total.value) + 1;
    const row = holder.firstElementChild;
    value(row, "item").value = item.id;
    value(row, "item_text").value = `${item.code} ${item.name}`;
    row.querySelector("[data-line-text]").textContent = `${item.code} ${item.name}`;
    if (value(row, "lot_text")) { value(row, "lot_text").value = lot; row.querySelector("[data-line-lot]").textContent = lot; }
    value(row, "qty").value = "0";
    body.prepend(row);
    return row;
  }

  function add(item, lot, qty, expires) {
    const row = rowFor(item, lot);
    const box = value(row, "qty");
    const now = (number(box.value) ?? 0n) + qty;
    box.value = shown(now);
    if (expires && value(row, "expires_on")) value(row, "expires_on").value = expires;
    body.prepend(row);
    rows().forEach((one) => one.classList.toggle("hit", one === row));
    done.push({ row, qty });
    let text = `${item.code} ${item.name}${lot ? ` · ${lot}` : ""}: +${shown(qty)} ${item.unit} → ${shown(now)}`;
    const available = number(item.available || "");
    if (available !== null && now > available) text += ` (${form.dataset.wordShort} ${item.available})`;
    say(text, !(available !== null && now > available));
    count();
  }

  function drop(row) { row.hidden = true; const flag = value(row, "DELETE"); flag.value = "on"; value(row, "qty").value = ""; count(); }

  function undo() {
    const last = done.pop();
    if (!last) return;
    const left = (number(value(last.row, "qty").value) ?? 0n) - last.qty;
    const text = last.row.querySelector("[data-line-text]").textContent;
    if (left > 0n) value(last.row, "qty").value = shown(left); else drop(last.row);
    say(`${text}: −${shown(last.qty)} (${form.dataset.wordUndone})`, true);
    count();
  }

  function count() {
    const all = rows();
    $("[data-scan-lines]").textContent = all.length;
    $("[data-scan-total]").textContent = shown(all.reduce((sum, row) => sum + (number(value(row, "qty").value) ?? 0n), 0n));
    form.dataset.dirty = all.length || unknown.size ? "1" : "";
    if (!all.length && !unknown.size) delete form.dataset.dirty;
    keep();
  }

  /* --- codes that nobody knows: kept until somebody says which item they are, or leaves them out ---------------- */
  const unknown = new Map();

  function remember(text, times) {
    const known = unknown.get(text);
    unknown.set(text, (known ?? 0n) + times);
    showUnknown();
  }

  function showUnknown() {
    const list = $("[data-unknown-list]");
    list.replaceChildren();
    for (const [text, times] of unknown) {
      const entry = $("[data-unknown-template]").content.firstElementChild.cloneNode(true);
      entry.querySelector("[data-code]").textContent = text;
      entry.querySelector("[data-count]").textContent = shown(times);
      entry.querySelector("input[name=unknown]").value = times === MILLION ? text : `${text} × ${shown(times)}`;
      entry.dataset.text = text;
      list.append(entry);
    }
    $("[data-unknown]").hidden = !unknown.size;
    count();
  }

  document.addEventListener("lookup:chosen", (event) => {
    const entry = event.target.closest("[data-unknown-list] li");
    if (!entry) return;
    const times = unknown.get(entry.dataset.text);
    unknown.delete(entry.dataset.text);
    showUnknown();
    queue.unshift({ times, code: event.detail.code });
    code.focus();
    work();
  });

  /* --- lots ---------------------------------------------------------------------------------------------------- */
  let waiting = null;

  function ask(item, qty) {
    $("[data-lot-prompt]").hidden = false;
    $("[data-lot-item]").textContent = `${item.code} ${item.name}`;
    $("[data-expiry-prompt]").hidden = !item.has_expiry;
    lotBox.value = ""; expiryBox.value = "";
    lotBox.placeholder = item.suggested;
    lotBox.focus();
    return new Promise((resolve) => { waiting = { item, qty, resolve }; });
  }

  function answer() {
    const lot = lotBox.value.trim() || waiting.item.suggested;
    if (!lot) return;
    finish(lot, expiryBox.value);
  }

  function finish(lot, expires) {
    const { item, qty, resolve } = waiting;
    waiting = null;
    $("[data-lot-prompt]").hidden = true;
    $("[data-expiry-prompt]").hidden = true;
    if (lot) add(item, lot, item.tracking === "serial" ? MILLION : qty, expires);
    code.focus();
    resolve();
  }

  /* --- one scan after the other -------------------------------------------------------------------------------- */
  async function work() {
    if (busy) return;
    busy = true;
    while (queue.length) {
      const scan = queue[0];
      const url = new URL(form.dataset.scanUrl, window.location);
      for (const [name, text] of [["code", scan.code], ["kind", form.dataset.kind], ["warehouse", $("#id_warehouse")?.value || ""]]) url.searchParams.set(name, text);
      let found = null;
      try {
        const response = await fetch(url);
        if (response.ok && !response.redirected) found = await response.json();
      } catch { found = null; }
      if (!found) { say(form.dataset.wordOffline, false); await new Promise((wait) => window.setTimeout(wait, 2000)); continue; }
      queue.shift();
      if (!found.found) { say(found.message, false); remember(scan.code, scan.times); continue; }
      const qty = scan.times * number(found.factor) / MILLION;
      if (found.tracking && !found.lot) await ask(found, qty);
      else add(found, found.lot, qty, "");
    }
    busy = false;
  }

  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const box = event.target;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && box.tagName !== "BUTTON" && !box.closest("[data-unknown-list]")) {
      event.preventDefault();
      if (box === code) {
        const scan = parse(code.value);
        code.value = "";
        if (scan.code) { queue.push(scan); work(); }
      } else if (box === lotBox) {
        if (!$("[data-expiry-prompt]").hidden && lotBox.value.trim()) expiryBox.focus(); else answer();
      } else if (box === expiryBox) answer();
      else code.focus();
    }
    if (event.key === "Escape" && waiting) { event.preventDefault(); finish("", ""); }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && (box !== code || !code.value)) { event.preventDefault(); undo(); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const button = $("[data-save-confirm]") || $("[data-save]");
      event.preventDefault();
      form.requestSubmit(button);
    }
  });

  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-scan-undo]")) { undo(); code.focus(); }
    const dropped = event.target.closest("[data-line-drop]");
    if (dropped) { drop(dropped.closest("tr")); code.focus(); }
    const entry = event.target.closest("[data-unknown-drop]")?.closest("li");
    if (entry) { unknown.delete(entry.dataset.text); showUnknown(); code.focus(); }
  });
  form.addEventListener("input", (event) => { if (event.target.closest("[data-scan-line]")) count(); });

  /* --- what was scanned survives a reload ------------------------------------------------------------------------ */
  function keep() {
    const lines = rows().map((row) => ({
      id: value(row, "item").value, text: value(row, "item_text").value, lot: lotOf(row),
      qty: value(row, "qty").value, expires: value(row, "expires_on")?.value || "",
    }));
    const rest = [...unknown].map(([text, times]) => [text, times.toString()]);
    if (lines.length || rest.length) sessionStorage.setItem(KEY, JSON.stringify({ lines, rest })); else sessionStorage.removeItem(KEY);
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
    if (!kept || rows().length) return;
    for (const line of kept.lines.reverse()) {
      const [itemCode, ...name] = line.text.split(" ");
      const row = rowFor({ id: line.id, code: itemCode, name: name.join(" ") }, line.lot);
      value(row, "qty").value = line.qty;
      if (line.expires && value(row, "expires_on")) value(row, "expires_on").value = line.expires;
    }
    for (const [text, times] of kept.rest) unknown.set(text, BigInt(times));
    showUnknown();
  }

  /* Whoever saves is shown the document, or the lines with what is wrong: nothing needs to be kept here. */
  form.addEventListener("submit", () => sessionStorage.removeItem(KEY));
  document.addEventListener("DOMContentLoaded", () => { restore(); count(); if (!document.querySelector("[aria-invalid=true]")) code.focus(); });
})();
