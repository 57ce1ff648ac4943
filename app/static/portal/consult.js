/* Writing in a session: each field is saved by itself a moment after a pause, with the version it was made from. Another
   person's change shows within seconds; where both wrote the same field, both texts stand side by side until one of the
   two is chosen: nothing is overwritten unseen. */
(function () {
  "use strict";

  const root = document.getElementById("consult");
  if (!root) return;
  const words = JSON.parse(root.dataset.words), all = (selector) => Array.from(root.querySelectorAll(selector));
  const state = document.getElementById("save-state"), news = document.getElementById("consult-news");
  const said = document.getElementById("consult-said"), here = document.getElementById("consult-here");
  const PAUSE = 700, ASK = 2500;
  const controls = new Map(all("[data-field]").map((node) => [node.dataset.field, node]));
  const timers = new Map(), sending = new Map();  // by control: the pause before its save, the save on its way
  let last = Number(root.dataset.last), followed = last;

  const valueOf = (node) => (node.type === "checkbox" ? (node.checked ? "1" : "") : node.value);
  function put(node, value) {
    if (node.type === "checkbox") node.checked = Boolean(value);
    else node.value = value;
    node.dataset.saved = value;
    grow(node);
    kinds(node);
  }
  /* only an item that names a package's leader has a leader to choose */
  function kinds(node) {
    if (node.dataset.field.endsWith(".kind")) node.closest("[data-item]").dataset.kind = node.value;
  }
  const dirty = (node) => valueOf(node) !== node.dataset.saved;
  function grow(node) {
    if (node.tagName !== "TEXTAREA" || !node.offsetParent) return;
    node.style.height = "auto";
    node.style.height = `${Math.min(node.scrollHeight + 2, 420)}px`;
  }
  /* the buttons at the foot of the screen never lie over the field one writes in */
  function uncover(node) {
    const bar = root.querySelector(".consult-verbs");
    if (!bar?.childElementCount || !bar.parentNode.contains(node)) return;
    const over = node.getBoundingClientRect().bottom + 8 - bar.getBoundingClientRect().top;
    if (over > 0) window.scrollBy(0, over);
  }
  function say(text, tone) {
    if (!state) return;
    state.textContent = text;
    state.className = `save-state ${tone || ""}`;
  }

  /* ---- saving ---- */
  /* One save at a time for a field: who calls meanwhile waits for it, then for the save of what was typed since. */
  function save(node) {
    const before = sending.get(node);
    const mine = before ? before.then(() => send(node)) : send(node);
    sending.set(node, mine);
    return mine.finally(() => { if (sending.get(node) === mine) sending.delete(node); });
  }
  const apart = (node) => node.dataset.clash || node.dataset.refused === valueOf(node);
  async function send(node) {
    clearTimeout(timers.get(node));
    if (!dirty(node) || apart(node)) return;
    const name = node.dataset.field, value = valueOf(node), body = new FormData();
    body.append("csrf_token", root.dataset.token);
    body.append("name", name);
    body.append("value", value);
    body.append("version", node.dataset.version);
    say(words.saving);
    try {
      const answer = await fetch(root.dataset.save, { method: "POST", body, headers: { "X-CSRFToken": root.dataset.token } });
      const told = await read(answer);
      if (told.saved === name) {
        node.dataset.version = told.version;
        node.dataset.saved = value;
        delete node.dataset.refused;
        show(name, value);
        follow(told);
        say(words.saved, "good");
      } else if (told.conflict) {
        clash(node, told.conflict);
        say("");
      } else if (told.refused) {
        say("");
        if (typed(node)) { node.dataset.refused = value; note(node, told.refused, true); }
        else { put(node, node.dataset.saved); note(node, told.refused); }
      } else if (away(answer)) {
        say(words.away, "bad");
        await renew();
        later(node, 10000);
      } else throw new Error(String(answer.status));
    } catch (error) {
      say(words.failed, "bad");
      later(node, 4000);
    }
  }
  /* whoever signs in again in another tab goes on here: the token of the new session stands in the page */
  async function renew() {
    const answer = await fetch(window.location.href);
    if (answer.redirected || !answer.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("consult");
    if (made) root.dataset.token = made.dataset.token;
  }
  async function read(answer) {
    return (answer.headers.get("content-type") || "").includes("json") ? answer.json() : {};
  }
  /* the login page, or a form that belongs to a session that is over */
  const away = (answer) => answer.redirected || [400, 401, 403].includes(answer.status);
  const typed = (node) => node.tagName === "TEXTAREA" || node.type === "text";
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
  function note(node, text, stays) {
    node.parentNode.querySelector(".just-now")?.remove();
    said.textContent = `${node.getAttribute("aria-label") || node.labels?.[0]?.textContent || ""} ${text}`;
    const made = document.createElement("small");
    made.className = "just-now";
    made.textContent = text;
    node.after(made);
    if (!stays) setTimeout(() => made.remove(), 8000);
  }
  function show(name, value) {
    const control = controls.get(name), chosen = control?.tagName === "SELECT" && control.selectedOptions[0];
    all(`[data-show="${name}"]`).forEach((node) => {
      node.textContent = chosen && value ? chosen.text : value;
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
      const told = await read(answer);
      if (told.stamp === undefined) {
        if (answer.redirected) say(words.away, "bad");
        else if (answer.status === 404) changed();
        return;
      }
      for (const [name, theirs] of Object.entries(told.fields)) {
        const node = controls.get(name);
        if (!node) { show(name, theirs.value); continue; }
        if (Number(node.dataset.version) >= theirs.version || sending.has(node)) continue;
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
      last = told.last;
      present(told.here);
      follow(told);
      if (told.stamp !== root.dataset.stamp) changed();
    } catch (error) { /* the next question asks again */ }
  }
  /* counts, badges, votes, dissent and minutes as they follow from what stands; an answer that was overtaken tells nothing */
  function follow(told) {
    if (told.minutes === undefined || told.last < followed) return;
    followed = told.last;
    for (const [name, html] of Object.entries(told.badges)) all(`[data-badge="${name}"]`).forEach((node) => { node.innerHTML = html; });
    all("[data-tally]").forEach((node) => { node.textContent = told.tally; });
    all("[data-dissent]").forEach((node) => {
      node.hidden = !told.dissent.length;
      node.querySelector("ul").replaceChildren(...told.dissent.map(([who, text]) => line(who, text)));
    });
    document.getElementById("consult-minutes").textContent = told.minutes;
    for (const [name, count] of Object.entries(told.counts)) all(`[data-count="${name}"]`).forEach((node) => { node.textContent = count; });
    all("[data-quorum]").forEach((node) => {
      node.className = `badge badge-${told.quorum.reached ? "green" : "warn"}`;
      node.querySelector("[data-quorum-words]").textContent = `${told.quorum.present}/${told.quorum.needed}`;
    });
  }
  function line(who, text) {
    const made = document.createElement("li"), name = document.createElement("b");
    name.textContent = who;
    made.append(name, text ? `：${text}` : "");
    return made;
  }
  /* who else has the page open, and where they write */
  function present(others) {
    here.hidden = !others.length;
    here.textContent = here.dataset.words.replace("{who}", others.map((one) => one.who).join("、"));
    all(".typing").forEach((node) => node.remove());
    others.forEach((one) => {
      const node = controls.get(one.field);
      if (!node) return;
      const made = document.createElement("small");
      made.className = "typing";
      made.textContent = words.typing.replace("{who}", one.who);
      node.after(made);
    });
  }
  function tell() {
    const node = document.activeElement, body = new FormData();
    body.append("csrf_token", root.dataset.token);
    body.append("field", (document.hasFocus() && controls.has(node?.dataset?.field) && node.dataset.field) || "");
    fetch(root.dataset.here, { method: "POST", body, headers: { "X-CSRFToken": root.dataset.token } }).catch(() => {});
  }
  function changed() {
    if (!news.hidden) return;
    news.textContent = `${words.changed} `;
    const show = button(words.reload);
    show.addEventListener("click", () => window.location.reload());
    news.append(show);
    news.hidden = false;
  }
  let turn = 0;
  async function listen() {
    if (!document.hidden) {
      if (turn++ % 4 === 0) tell();
      await ask();
    }
    setTimeout(listen, ASK);
  }

  controls.forEach((node) => {
    node.dataset.saved = valueOf(node);
    grow(node);
    node.addEventListener("input", () => { grow(node); uncover(node); if (typed(node)) later(node, PAUSE); });
    node.addEventListener("focus", () => { uncover(node); if (root.dataset.live) tell(); });
    node.addEventListener("change", () => { kinds(node); later(node, 0); });
    node.addEventListener("blur", () => later(node, 0));
  });
  window.addEventListener("beforeunload", (event) => { if ([...controls.values()].some((node) => dirty(node))) event.preventDefault(); });
  /* a verb reads what is saved: what is still being written goes first, once; the verb waits for what is left open */
  let passing = null;
  document.addEventListener("submit", async (event) => {
    const form = event.target, by = event.submitter;
    if (event.defaultPrevented || !root.contains(form) || passing === form) return;
    if (![...controls.values()].some((node) => dirty(node) || sending.has(node))) return;
    event.preventDefault();
    await Promise.all([...controls.values()].filter((node) => dirty(node) || sending.has(node)).map(save));
    const open = [...controls.values()].filter(dirty);
    if (open.length) { say(words.unsaved, "bad"); said.textContent = words.unsaved; open[0].focus(); return; }
    passing = form;
    if (by?.dataset.confirm) form.dataset.confirmed = "1";  // it was asked and answered before this wait
    form.requestSubmit(by || undefined);
    passing = null;
    delete form.dataset.confirmed;
  });
  /* Esc closes the box one is in, before it leaves the page */
  root.addEventListener("keydown", (event) => {
    const box = event.key === "Escape" && !event.isComposing && event.target.closest("details[open]");
    if (!box) return;
    event.stopPropagation();
    box.open = false;
    box.querySelector("summary").focus();
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
