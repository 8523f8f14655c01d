/* Counting: what is typed in a line or scanned is saved at once, one after the other; the last word counts. */
"use strict";

(() => {
  const scan = document.querySelector("form[data-scan]");
  if (!scan) return;
  const grid = document.querySelector("[data-count-grid]");
  const said = document.querySelector("[data-said]");
  const part = (name) => scan.querySelector(`[data-scan-${name}]`);
  const [code, lot, bin, qty, mode, now] = ["code", "lot", "bin", "qty", "mode", "now"].map(part);
  const headers = { "Content-Type": "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  let queue = Promise.resolve();

  function say(text, tone) { said.textContent = text; said.className = `count-said ${tone || ""}`; }

  /* Requests go one after the other, so that what was entered later is also written later. */
  function send(body) {
    const result = queue.then(async () => {
      const response = await fetch(scan.dataset.url, { method: "POST", headers, body: JSON.stringify(body) });
      if (response.redirected) { window.location.reload(); }
      return { ok: response.ok, answer: await response.json() };
    });
    queue = result.catch(() => null);
    return result.catch(() => ({ ok: false, answer: { message: said.dataset.failed } }));
  }

  function rowOf(line) {
    let row = grid.querySelector(`tr[data-line="${line.line_no}"]`);
    if (!row) {
      row = document.querySelector("template[data-count-template]").content.querySelector("tr").cloneNode(true);
      row.dataset.line = line.line_no;
      grid.tBodies[0].prepend(row);
    }
    return row;
  }

  function show(answer) {
    const { line } = answer;
    const row = rowOf(line);
    for (const name of ["line_no", "bin", "item", "name", "lot", "unit", "book_qty", "difference", "counted_by"]) {
      const place = row.querySelector(`[data-cell="${name}"]`);
      if (place) place.textContent = line[name] ?? "";
      if (place && name === "difference") place.classList.toggle("red", (line[name] ?? "").startsWith("-"));
    }
    for (const name of ["counted", "unit_cost", "reason"]) {
      const box = row.querySelector(`[data-count-cell="${name}"]`);
      if (!box || box === document.activeElement && box.value !== box.dataset.saved && box.dataset.saved !== undefined) continue;
      box.value = line[name] ?? "";
      box.dataset.saved = box.value;
      box.removeAttribute("aria-invalid");
    }
    row.classList.toggle("is-counted", line.counted !== null);
    grid.querySelectorAll("tr.is-last").forEach((other) => other.classList.remove("is-last"));
    row.classList.add("is-last");
    for (const [name, value] of [["counted", answer.counted], ["lines", answer.lines], ["different", answer.different]]) {
      const place = document.querySelector(`[data-${name}]`);
      if (place && value !== null) place.textContent = value;
    }
    const bar = document.querySelector("[data-progress]");
    bar.max = answer.lines; bar.value = answer.counted;
    return row;
  }

  /* --- the grid ------------------------------------------------------------------------------------------------ */
  const cells = (name) => [...grid.querySelectorAll(`[data-count-cell="${name}"]`)];
  grid.querySelectorAll("[data-count-cell]").forEach((box) => { box.dataset.saved = box.value; });

  async function save(box) {
    if (box.value.trim() === (box.dataset.saved ?? "").trim()) return;
    const row = box.closest("tr");
    const counted = row.querySelector('[data-count-cell="counted"]');
    const typed = box.value;
    box.dataset.saved = typed;
    const body = { line_no: Number(row.dataset.line) };
    if (box === counted) Object.assign(body, { counted: typed, now: now.checked });
    else Object.assign(body, { keeps: true, [box.dataset.countCell]: typed || (box.tagName === "SELECT" ? "-" : "") });
    const { ok, answer } = await send(body);
    if (ok) { show(answer); say(`${answer.line.item} ${answer.line.name}: ${answer.line.counted ?? "–"} ${answer.line.unit}`, "good"); return; }
    box.setAttribute("aria-invalid", "true");
    box.dataset.saved = "";
    say(answer.message, "bad");
  }

  grid.addEventListener("change", (event) => { const box = event.target.closest("[data-count-cell]"); if (box) save(box); });
  grid.addEventListener("focusin", (event) => event.target.select?.());
  grid.addEventListener("keydown", (event) => {
    const box = event.target.closest("[data-count-cell]");
    if (!box || event.isComposing) return;
    if (event.key === "Escape") { event.preventDefault(); code.focus(); return; }
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || (box.tagName === "SELECT" && event.key !== "Enter")) return;
    event.preventDefault();
    const column = cells(box.dataset.countCell);
    const next = column[column.indexOf(box) + step];
    if (next) { next.focus(); return; }
    box.blur();
    const onward = document.querySelector(".pagination a[rel=next]");
    if (event.key === "Enter" && onward) queue.then(() => onward.click()); else code.focus();
  });

  /* --- the scanner --------------------------------------------------------------------------------------------- */
  mode.value = window.localStorage.getItem("count-scan") || "add";
  mode.addEventListener("change", () => { window.localStorage.setItem("count-scan", mode.value); code.focus(); });

  scan.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!code.value.trim()) { code.focus(); return; }
    if (mode.value === "type" && !qty.value.trim()) { qty.focus(); return; }
    const typed = qty.value.trim();
    const body = {
      item: code.value.trim(), lot: lot.value.trim(), bin: bin ? bin.value.trim() : "",
      counted: typed || "1", adds: !typed, now: now.checked,
    };
    [code, lot, qty].forEach((box) => { box.value = ""; });
    code.focus();
    const { ok, answer } = await send(body);
    if (!ok) {
      say(`${body.item}: ${answer.message}`, "bad");
      if (!code.value) { code.value = body.item; code.select(); }
      if (answer.field === "lot") { lot.focus(); }
      return;
    }
    show(answer);
    say(`${answer.line.item} ${answer.line.name} ${answer.line.lot}: ${answer.line.counted} ${answer.line.unit}`, "good");
  });
})();
