/* What every page does: drawer, dialogs, menus, toasts, shortcuts, row links, look-ups. No inline code anywhere:
   elements say what they want with data attributes. */
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* --- drawer: <a data-drawer href="…"> loads a page fragment at the right side ------------------------------ */
  let drawerOpener = null;

  async function openDrawer(link) {
    const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
    /* Logged out meanwhile, or refused: the whole page says it better. */
    if (!response.ok || response.redirected) { window.location = link.href; return; }
    drawerOpener = link;
    const place = $("#drawer-place");
    place.innerHTML = await response.text();
    window.htmx?.process(place);
    $(".drawer", place)?.focus();
  }

  function closeDrawer() {
    const place = $("#drawer-place");
    if (!place.firstElementChild) return false;
    place.replaceChildren();
    drawerOpener?.focus();
    return true;
  }

  function keepFocusInside(event) {
    const drawer = $("#drawer-place .drawer");
    if (!drawer || event.key !== "Tab") return;
    const stops = $$("a[href], button:not([disabled]), input, select, textarea", drawer);
    if (!stops.length) return;
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (event.shiftKey && (document.activeElement === first || document.activeElement === drawer)) {
      last.focus(); event.preventDefault();
    } else if (!event.shiftKey && document.activeElement === last) {
      first.focus(); event.preventDefault();
    }
  }

  /* --- confirm: <button data-confirm="Question" data-confirm-text="Consequences"> ----------------------------- */
  function ask(element, yes) {
    const dialog = $("#confirm");
    $("h2", dialog).textContent = element.dataset.confirm;
    $("p", dialog).textContent = element.dataset.confirmText || "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") yes(); }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const inDialog = target.closest("dialog button[value]");
    if (inDialog) { inDialog.closest("dialog").close(inDialog.value); return; }
    if (target.closest("[data-close]")) { closeDrawer(); return; }
    const toast = target.closest("[data-toast] button");
    if (toast) { toast.closest("[data-toast]").remove(); return; }
    if (target.closest("[data-print]")) { window.print(); return; }
    if (target.closest("[data-help]")) { $("#help").showModal(); return; }

    const asked = target.closest("[data-confirm]");
    if (asked && !asked.dataset.confirmed) {
      event.preventDefault();
      ask(asked, () => { asked.dataset.confirmed = "1"; asked.click(); delete asked.dataset.confirmed; });
      return;
    }
    const drawer = target.closest("a[data-drawer]");
    if (drawer && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openDrawer(drawer); return; }

    const row = target.closest("tr[data-href]");
    if (row && !target.closest("a, button, input, label, select")) {
      if (event.ctrlKey || event.metaKey) window.open(row.dataset.href); else window.location = row.dataset.href;
    }
    $$("details[data-menu][open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
  });

  /* --- unsaved work: leaving a document that was typed into asks first ----------------------------------------- */
  document.addEventListener("input", (event) => { const form = event.target.closest("form[data-document]"); if (form) form.dataset.dirty = "1"; });
  window.addEventListener("beforeunload", (event) => { if ($("form[data-document][data-dirty]:not([data-sent])")) event.preventDefault(); });

  /* A form goes once: the second click of a double click does nothing. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if ((form.getAttribute("method") || "get").toLowerCase() !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) {
      $$(`input[name="${event.target.dataset.checkAll}"]`).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  /* --- keyboard ------------------------------------------------------------------------------------------------ */
  document.addEventListener("keydown", (event) => {
    keepFocusInside(event);
    if (event.key === "Escape" && closeDrawer()) { event.preventDefault(); return; }
    if (((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") || event.key === "F8") {
      const form = $("form[data-document]");
      if (form) { event.preventDefault(); form.requestSubmit($("[data-save]", form) || undefined); }
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { const box = $("[data-filters] input[type=text], [data-filters] input[type=search]"); if (box) { event.preventDefault(); box.focus(); box.select(); } }
    if (event.key === "?") { event.preventDefault(); $("#help").showModal(); }
    if (event.key === "n") { const link = $("a[data-new]"); if (link) { event.preventDefault(); link.click(); } }
    if (event.key === "PageUp" || event.key === "PageDown") {
      const link = $(`.page-head a[rel="${event.key === "PageUp" ? "prev" : "next"}"]`);
      if (link) { event.preventDefault(); link.click(); }
    }
    const row = event.target.closest("tr[data-href]");
    if (row && event.key === "Enter") window.location = row.dataset.href;
    if (row && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (next?.dataset.href) { event.preventDefault(); next.focus(); }
    }
  });

  /* --- look-up: <input type="hidden" …> beside <input data-lookup-url="…" data-lookup-for="id"> ------------------
     The endpoint answers {"results": [{"id", "code", "name", "hint", …}]} for ?q=. Choosing fills both and
     fires "lookup:chosen" with the row as detail. */
  function closeList(box) { box.parentElement.querySelector(".lookup-list")?.remove(); box.setAttribute("aria-expanded", "false"); }

  function choose(box, row) {
    box.value = row.code ? `${row.code} ${row.name}` : row.name;
    const store = document.getElementById(box.dataset.lookupFor);
    if (store) store.value = row.id;
    closeList(box);
    box.dispatchEvent(new CustomEvent("lookup:chosen", { bubbles: true, detail: row }));
  }

  function showRows(box, rows, text) {
    closeList(box);
    const list = document.createElement("ul");
    list.dataset.query = text;
    list.className = "lookup-list";
    list.id = "lookup-list";
    list.setAttribute("role", "listbox");
    if (!rows.length) {
      const nothing = document.createElement("li");
      nothing.className = "nothing";
      nothing.textContent = $("#words").dataset.noMatch;
      list.append(nothing);
    }
    rows.forEach((row, index) => {
      const entry = document.createElement("li");
      entry.setAttribute("role", "option");
      entry.setAttribute("aria-selected", String(index === 0));
      for (const [name, text] of [["code", row.code], ["", row.name], ["hint", row.hint]]) {
        if (text === undefined || text === null || text === "") continue;
        const part = document.createElement("span");
        if (name) part.className = name;
        part.textContent = text;
        entry.append(part);
      }
      entry.addEventListener("mousedown", (event) => { event.preventDefault(); choose(box, row); });
      entry.lookupRow = row;
      list.append(entry);
    });
    box.parentElement.classList.add("lookup");
    box.parentElement.append(list);
    box.setAttribute("aria-expanded", "true");
  }

  async function rowsFor(box, text) {
    const url = new URL(box.dataset.lookupUrl, window.location);
    url.searchParams.set("q", text);
    /* data-lookup-with="warehouse:id_warehouse": the values of other fields narrow the question. */
    for (const pair of (box.dataset.lookupWith || "").split(" ")) {
      const [name, from] = pair.split(":");
      if (from) url.searchParams.set(name, document.getElementById(from)?.value || "");
    }
    const response = await fetch(url);
    return response.ok && !response.redirected ? (await response.json()).results : null;
  }

  async function search(box, text) {
    const rows = await rowsFor(box, text);
    if (rows && document.activeElement === box && box.value.trim() === text) showRows(box, rows, text);
  }

  /* Enter came before the list: what was typed is looked up, and the first find is taken. */
  async function settle(box, text) {
    const rows = await rowsFor(box, text);
    if (!rows || document.activeElement !== box || box.value.trim() !== text) return;
    if (rows.length) choose(box, rows[0]); else showRows(box, rows, text);
  }

  let waiting = null;
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-lookup-url]");
    if (!box || event.isComposing) return;
    const store = document.getElementById(box.dataset.lookupFor);
    if (store) store.value = "";
    window.clearTimeout(waiting);
    const text = box.value.trim();
    /* data-lookup-free: any text will do, so the list opens with F7 only. */
    if (!text || ("lookupFree" in box.dataset && !box.parentElement.querySelector(".lookup-list"))) { closeList(box); return; }
    waiting = window.setTimeout(() => { if (box.value.trim() === text) search(box, text); }, 90);
  });
  /* Text of an input method is searched when it is committed. */
  document.addEventListener("compositionend", (event) => { if (event.target.closest?.("[data-lookup-url]")) event.target.dispatchEvent(new Event("input", { bubbles: true })); });

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-lookup-url]");
    if (box && event.key === "F7" && !event.ctrlKey) { event.preventDefault(); search(box, box.value.trim()); return; }
    if (!box || event.isComposing) return;
    let list = box.parentElement.querySelector(".lookup-list");
    const onward = event.key === "Enter" || (event.key === "Tab" && !event.shiftKey);
    if (list && onward && list.dataset.query !== box.value.trim()) { closeList(box); list = null; }
    const typed = box.value.trim();
    const store = document.getElementById(box.dataset.lookupFor);
    if (!list && onward && typed && store && !store.value && box.closest("table.grid")) {
      event.preventDefault(); event.stopImmediatePropagation();
      settle(box, typed);
      return;
    }
    if (!list) return;
    const entries = [...list.querySelectorAll("[role=option]")];
    if (!entries.length) { if (event.key === "Escape") { event.stopPropagation(); closeList(box); } return; }
    const at = entries.findIndex((entry) => entry.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault(); event.stopImmediatePropagation();
      const next = (at + (event.key === "ArrowDown" ? 1 : -1) + entries.length) % entries.length;
      entries.forEach((entry, index) => entry.setAttribute("aria-selected", String(index === next)));
      entries[next].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" || event.key === "Tab") {
      choose(box, entries[Math.max(at, 0)].lookupRow);
      if (event.key === "Enter") event.preventDefault();
    } else if (event.key === "Escape") {
      event.stopPropagation(); closeList(box);
    }
  }, true);
  document.addEventListener("focusout", (event) => { const box = event.target.closest?.("[data-lookup-url]"); if (box) window.setTimeout(() => closeList(box), 120); });

  /* A table that fits its card needs no scroll box of its own; then its head stays below the top bar. */
  const fit = new ResizeObserver((entries) => entries.forEach(({ target: wrap }) => {
    wrap.classList.toggle("fits", wrap.firstElementChild.scrollWidth <= wrap.clientWidth);
  }));

  document.addEventListener("DOMContentLoaded", () => {
    $$("[data-lookup-url]").forEach((box) => { box.setAttribute("role", "combobox"); box.setAttribute("aria-expanded", "false"); box.setAttribute("aria-controls", "lookup-list"); });
    $$(".table-wrap").forEach((wrap) => fit.observe(wrap));
    $$("tr[data-href]").forEach((row) => { row.tabIndex = 0; });
    $$(".toast.success, .toast.info").forEach((toast) => window.setTimeout(() => toast.remove(), 6000));
    ($("[autofocus], [aria-invalid=true]") || $(".plain input:not([type=hidden])"))?.focus();
  });
})();
