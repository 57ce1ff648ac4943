/* Writing in a session: each field is saved by itself a moment after a pause, with the version it was made from. Another
   person's change shows within seconds; where both wrote the same field, both texts stand side by side until one of the
   two is chosen: nothing is overwritten unseen. */
(function () {
  "use strict";

  const root = document.getElementById("consult");
  if (!root) return;
  const words = JSON.parse(root.dataset.words), all = (selector) => Array.from(root.querySelectorAll(selector));
  const state = document.getElementById("save-state"), news = document.getElementById("consult-news");
  const PAUSE = 700, ASK = 2500;
  const controls = new Map(all("[data-field]").map((node) => [node.dataset.field, node]));
  const timers = new Map(), sending = new Set(), again = new Set();
  let last = Number(root.dataset.last);

  const valueOf = (node) => (node.type === "checkbox" ? (node.checked ? "1" : "") : node.value);
  function put(node, value) {
    if (node.type === "checkbox") node.checked = Boolean(value);
    else node.value = value;
    node.dataset.saved = value;
    grow(node);
  }
  const dirty = (node) => valueOf(node) !== node.dataset.saved;
  function grow(node) {
    if (node.tagName !== "TEXTAREA" || !node.offsetParent) return;
    node.style.height = "auto";
    node.style.height = `${Math.min(node.scrollHeight + 2, 420)}px`;
  }
  function say(text, tone) {
    if (!state) return;
    state.textContent = text;
    state.className = `save-state ${tone || ""}`;
  }

  /* ---- saving ---- */
  async function save(node) {
    const name = node.dataset.field;
    if (sending.has(name)) { again.add(name); return; }
    if (!dirty(node) || node.dataset.clash) return;
    const value = valueOf(node), body = new FormData();
    body.append("csrf_token", root.dataset.token);
    body.append("name", name);
    body.append("value", value);
    body.append("version", node.dataset.version);
    sending.add(name);
    say(words.saving);
    try {
      const answer = await fetch(root.dataset.save, { method: "POST", body, headers: { "X-CSRFToken": root.dataset.token } });
      const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
      if (answer.ok) {
        node.dataset.version = told.version;
        node.dataset.saved = value;
        show(name, value);
        say(words.saved, "good");
      } else if (told.conflict) {
        clash(node, told.conflict);
        say("");
      } else if (told.refused) {
        note(node, told.refused);
        put(node, node.dataset.saved);
        say("");
      } else throw new Error(String(answer.status));
    } catch (error) {
      say(words.failed, "bad");
      later(node, 4000);
    } finally {
      sending.delete(name);
      if (again.delete(name)) later(node, 0);
    }
  }
  function later(node, pause) {
    clearTimeout(timers.get(node));
    timers.set(node, setTimeout(() => save(node), pause));
  }

  /* ---- two who write the same ---- */
  function clash(node, theirs) {
    if (theirs.value === valueOf(node)) { node.dataset.version = theirs.version; node.dataset.saved = theirs.value; return; }
    node.dataset.clash = "1";
    node.parentNode.querySelector(`[data-clash-of="${node.dataset.field}"]`)?.remove();
    const box = document.createElement("div");
    box.className = "clash";
    box.dataset.clashOf = node.dataset.field;
    box.setAttribute("role", "alert");
    const head = document.createElement("b"), text = document.createElement("p");
    head.textContent = words.theirs.replace("{who}", theirs.by);
    text.textContent = node.tagName === "SELECT" ? (Array.from(node.options).find((o) => o.value === theirs.value)?.text || "—") : theirs.value || "—";
    const take = button(words.take), keep = button(words.keep);
    const done = () => { delete node.dataset.clash; box.remove(); node.focus(); };
    take.addEventListener("click", () => { put(node, theirs.value); node.dataset.version = theirs.version; show(node.dataset.field, theirs.value); done(); });
    keep.addEventListener("click", () => { node.dataset.version = theirs.version; node.dataset.saved = theirs.value; done(); save(node); });
    box.append(head, text, take, keep);
    node.after(box);
  }
  function button(label) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-default btn-sm";
    made.textContent = label;
    return made;
  }
  function note(node, text) {
    node.parentNode.querySelector(".just-now")?.remove();
    const made = document.createElement("small");
    made.className = "just-now";
    made.textContent = text;
    node.after(made);
    setTimeout(() => made.remove(), 8000);
  }
  function show(name, value) {
    all(`[data-show="${name}"]`).forEach((node) => {
      node.textContent = value;
      const line = node.closest(".opinion-dissent") || (node.matches("p") ? node : null);
      if (line) line.hidden = !value;
    });
    if (!name.endsWith(".stance")) return;
    const voice = root.querySelector(`[data-voice="${name.slice(0, -7)}"]`);
    if (!voice) return;
    ["for", "against", "open"].forEach((tone) => voice.classList.remove(`opinion-${tone}`));
    const tone = { AGREES: "for", DISAGREES: "against", PENDING: "open" }[value];
    if (tone) voice.classList.add(`opinion-${tone}`);
  }

  /* ---- what others wrote ---- */
  async function ask() {
    try {
      const answer = await fetch(`${root.dataset.changes}?since=${last}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || !(answer.headers.get("content-type") || "").includes("json")) { if (answer.status === 404 || answer.redirected) changed(); return; }
      const told = await answer.json();
      for (const [name, theirs] of Object.entries(told.fields)) {
        const node = controls.get(name);
        if (!node) { show(name, theirs.value); continue; }
        if (Number(node.dataset.version) >= theirs.version || sending.has(name)) continue;
        if (dirty(node)) clash(node, theirs);
        else {
          put(node, theirs.value);
          node.dataset.version = theirs.version;
          show(name, theirs.value);
          note(node, words.by.replace("{who}", theirs.by));
          const row = node.closest("[data-item]");
          if (row) row.hidden = false;
        }
      }
      last = Math.max(last, told.last);
      if (told.minutes !== undefined) document.getElementById("consult-minutes").textContent = told.minutes;
      for (const [name, count] of Object.entries(told.counts || {})) all(`[data-count="${name}"]`).forEach((node) => { node.textContent = count; });
      if (told.quorum) all("[data-quorum]").forEach((node) => {
        node.className = `badge badge-${told.quorum.reached ? "green" : "warn"}`;
        node.querySelector("[data-quorum-words]").textContent = `${told.quorum.present}/${told.quorum.needed}`;
      });
      if (told.stamp !== root.dataset.stamp) changed();
    } catch (error) { /* the next question asks again */ }
  }
  function changed() {
    if (!news.hidden) return;
    news.textContent = `${words.changed} `;
    const show = button(words.reload);
    show.addEventListener("click", () => window.location.reload());
    news.append(show);
    news.hidden = false;
  }
  async function listen() {
    if (!document.hidden) await ask();
    setTimeout(listen, ASK);
  }

  controls.forEach((node) => {
    node.dataset.saved = valueOf(node);
    grow(node);
    const typed = node.tagName === "TEXTAREA" || node.type === "text";
    node.addEventListener("input", () => { grow(node); if (typed) later(node, PAUSE); });
    node.addEventListener("change", () => later(node, 0));
    node.addEventListener("blur", () => later(node, 0));
  });
  window.addEventListener("beforeunload", (event) => { if ([...controls.values()].some((node) => dirty(node))) event.preventDefault(); });
  /* a verb reads what is saved: what is still being written goes first */
  document.addEventListener("submit", (event) => {
    const open = [...controls.values()].filter((node) => dirty(node) && !node.dataset.clash);
    if (event.defaultPrevented || !root.contains(event.target) || !open.length) return;
    event.preventDefault();
    const form = event.target, by = event.submitter;
    Promise.all(open.map(save)).then(() => form.requestSubmit(by || undefined));
  });
  root.querySelectorAll("details").forEach((box) => box.addEventListener("toggle", () => box.querySelectorAll("textarea").forEach(grow)));

  document.getElementById("more-items")?.addEventListener("click", () => {
    const row = root.querySelector("[data-item][hidden]");
    if (!row) return;
    row.hidden = false;
    row.querySelector("textarea").focus();
  });

  /* ---- the box that asks people to come ---- */
  const box = root.querySelector("[data-people]"), list = document.getElementById("people");
  if (box && list) {
    let timer;
    const known = new Map();
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const answer = await fetch(`${box.dataset.people}?q=${encodeURIComponent(box.value)}`);
        if (!answer.ok) return;
        const { results } = await answer.json();
        list.replaceChildren(...results.map((one) => { known.set(one.text, one.id); return new Option(one.text, one.text); }));
      }, 250);
    });
    box.form.addEventListener("submit", () => { if (known.has(box.value)) box.value = known.get(box.value); });
  }

  if (root.dataset.live) setTimeout(listen, ASK);
})();
