/* The portal's behaviour: confirmed POST actions, list keyboard and selection, filters, dates, pickers, form checks.
   Stands in for FAB's ab.js, ab_actions.js and ab_filters.js, which need inline scripts, carry English words and call a
   date plugin FAB no longer ships. Words come translated from the page (templates/appbuilder/texts.html). */
(function ($) {
  "use strict";

  const words = JSON.parse(document.getElementById("portal-texts")?.textContent || "{}");
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const typing = (node) => node.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .select2-selection");

  /* ---- asking first ---- */
  const dialog = document.getElementById("portal-confirm");

  function ask(text, okLabel, tone) {
    return new Promise((resolve) => {
      if (!dialog || !dialog.showModal) { resolve(window.confirm(text)); return; }
      const ok = dialog.querySelector("[value=ok]");
      dialog.querySelector(".confirm-text").textContent = text;
      ok.textContent = okLabel || words.ok;
      ok.className = "btn " + (tone === "danger" ? "btn-danger" : "btn-primary");
      dialog.returnValue = "";
      dialog.onclick = (event) => { if (event.target.value) dialog.close(event.target.value); };
      dialog.onclose = () => resolve(dialog.returnValue === "ok");
      dialog.showModal();
      (tone === "danger" ? dialog.querySelector("[value=cancel]") : ok).focus();
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const source = button?.dataset.confirm ? button : form;
    if (!source.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source.dataset.confirm, source.dataset.ok || button?.textContent.trim(), source.dataset.tone).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "1";
      form.requestSubmit(button || undefined);
      delete form.dataset.confirmed;
    });
  }, true);

  /* ---- pickers ---- */
  if ($.fn.select2) {
    $.fn.select2.defaults.set("language", {
      noResults: () => words.noResults, searching: () => words.searching, loadingMore: () => words.loadingMore,
      inputTooShort: () => words.inputTooShort, errorLoading: () => words.errorLoading,
      removeItem: () => words.removeItem, removeAllItems: () => words.removeAll,
    });
  }

  /* A filter by a remote picker comes back with its id only; its words are kept for the session. */
  function remember(url, id, text) {
    const key = `portal.picked.${url}.${id}`;
    try {
      if (text) sessionStorage.setItem(key, text);
      return sessionStorage.getItem(key);
    } catch (error) { return null; }
  }

  function pickers(root) {
    all("select.my_select2, select.js-remote", root).forEach((select) => {
      // A required choice must be made: FAB would send the first row unseen.
      if (select.required && !select.multiple && !select.querySelector("option[selected], option[value='']")) {
        select.prepend(new Option("", "", true, true));
      }
      const blank = select.querySelector("option[value='__None'], option[value='']");
      const options = {
        width: "100%", allowClear: !select.required && !select.multiple,
        placeholder: { id: blank ? blank.value : "", text: select.dataset.placeholder || words.select },
      };
      if (select.classList.contains("js-remote")) {
        if (!blank && !select.multiple) select.prepend(new Option("", ""));
        $(select).on("select2:select", (event) => remember(select.dataset.url, event.params.data.id, event.params.data.text));
        options.ajax = {
          url: select.dataset.url, dataType: "json", delay: 200, processResults: (data) => data,
          data: (params) => ({ q: params.term || "", page: params.page || 1 }),
        };
      } else if (select.options.length < 8) {
        options.minimumResultsForSearch = Infinity;
      }
      $(select).select2(options).on("change", () => clearError(select));
      $(select).on("select2:open", () => document.querySelector(".select2-container--open .select2-search__field")?.focus());
    });
  }

  /* FAB's date pickers become native inputs. WTForms reads a date-time only with a blank and seconds, so it travels in a hidden input. */
  function dates(root) {
    all(".appbuilder_date, .appbuilder_datetime", root).forEach((box) => {
      const input = box.querySelector("input");
      if (!input) return;
      input.removeAttribute("data-format");
      input.removeAttribute("placeholder");
      if (box.classList.contains("appbuilder_date")) {
        const value = input.value.slice(0, 10);
        input.type = "date";
        input.value = value;
      } else {
        const hidden = document.createElement("input");
        hidden.type = "hidden";
        hidden.name = input.name;
        hidden.value = input.value.slice(0, 19);
        input.removeAttribute("name");
        input.type = "datetime-local";
        input.value = hidden.value.replace(" ", "T").slice(0, 16);
        input.addEventListener("input", () => { hidden.value = input.value && input.value.replace("T", " ") + ":00"; });
        box.before(hidden);
      }
      box.replaceWith(input);
    });
  }

  /* ---- forms ---- */
  function clearError(field) {
    const row = field.closest(".form-row");
    if (!row) return;
    row.classList.remove("has-error");
    all(".field-error", row).forEach((node) => node.remove());
    field.removeAttribute("aria-invalid");
  }

  function problem(field) {
    const state = field.validity;
    if (!state || state.valid) return "";
    if (state.valueMissing) return words.required;
    if (state.tooLong) return words.tooLong;
    if (state.badInput && field.type.startsWith("date")) return words.badDate;
    if (state.typeMismatch && field.type === "email") return words.badEmail;
    if (state.badInput || (state.patternMismatch && field.inputMode)) return words.badNumber;
    return field.title || words.badValue;
  }

  function checkForm(form) {
    let first = null;
    all("input, select, textarea", form).forEach((field) => {
      if (!field.willValidate || !field.closest(".form-row")) return;
      const message = problem(field);
      if (!message) return;
      clearError(field);
      const row = field.closest(".form-row"), note = document.createElement("p");
      row.classList.add("has-error");
      note.className = "field-error";
      note.textContent = message;
      const help = row.querySelector(".field-help");
      if (help) help.before(note); else row.querySelector(".form-field").append(note);
      field.setAttribute("aria-invalid", "true");
      first = first || field;
    });
    const status = form.querySelector(".form-status");
    if (status) status.textContent = first ? words.fixErrors : "";
    if (first) showField(first);
    return !first;
  }

  function showField(field) {
    const section = field.closest("details");
    if (section) section.open = true;
    (field.classList.contains("select2-hidden-accessible") ? $(field).data("select2").$selection[0] : field).focus();
    field.closest(".form-row")?.scrollIntoView({ block: "center" });
  }

  /* Who types is there: the half hour of the session begins anew, or a long account would be lost on sending. */
  let seen = Date.now();
  function stay() {
    if (Date.now() - seen < 5 * 60 * 1000) return;
    seen = Date.now();
    const start = document.querySelector(".brand")?.href;
    if (start) fetch(new URL("healthz", start)).catch(() => {});
  }

  all("form.model-form").forEach((form) => {
    form.noValidate = true;
    all("[placeholder]", form).forEach((field) => {  // FAB repeats the label inside the field
      const label = form.querySelector(`label[for="${CSS.escape(field.id)}"]`);
      if (label && label.textContent.replace("*", "").trim() === field.placeholder.trim()) field.removeAttribute("placeholder");
    });
    form.addEventListener("input", (event) => { form.dataset.dirty = "1"; clearError(event.target); stay(); });
    $(form).on("change", "select", () => { form.dataset.dirty = "1"; });
    form.addEventListener("submit", (event) => {
      if (event.submitter?.formTarget) return;  // goes into a frame of this page, which stays
      if (!event.submitter?.formNoValidate && !checkForm(form)) { event.preventDefault(); return; }
      delete form.dataset.dirty;
      setTimeout(() => all("button[type=submit]", form).forEach((button) => { button.disabled = true; }), 0);
    });
    const wrong = form.querySelector(".has-error :is(input, select, textarea)");
    if (wrong) setTimeout(() => showField(wrong), 0);
    else form.querySelector(".form-row :is(input:not([type=hidden], [type=checkbox]), textarea, select)")?.matches("input, textarea")
      && form.querySelector(".form-row :is(input, textarea)").focus({ preventScroll: true });
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) all(".model-form button[disabled]").forEach((button) => { button.disabled = false; });
  });

  /* Esc: the page's own way back; a page without one (the case page) goes back in history; a list stays. */
  async function leave() {
    const back = document.querySelector(".page-back, .case-back"), dirty = document.querySelector("form[data-dirty]");
    if (!back && (document.querySelector("[data-main]") || !document.referrer.startsWith(window.location.origin))) return;
    if (dirty && !await ask(words.leave, words.leaveOk, "danger")) return;
    if (back) back.click(); else window.history.back();
  }

  /* ---- lists ---- */
  all("[data-list]").forEach((list) => {
    const bar = list.querySelector(".bulk-bar"), top = list.querySelector(".check-all"), boxes = all(".row-check", list);

    function counted() {
      const checked = boxes.filter((box) => box.checked);
      boxes.forEach((box) => box.closest("tr").classList.toggle("is-checked", box.checked));
      if (bar) {
        bar.hidden = !checked.length;
        bar.querySelector(".bulk-count").textContent = `${words.selected} ${checked.length}`;
      }
      if (top) {
        top.checked = checked.length > 0 && checked.length === boxes.length;
        top.indeterminate = checked.length > 0 && !top.checked;
      }
    }
    list.addEventListener("change", (event) => {
      if (event.target === top) boxes.forEach((box) => { box.checked = top.checked; });
      if (event.target === top || event.target.matches(".row-check")) counted();
    });
    counted();
    columnMenu(list);

    const toggle = list.querySelector(".filter-toggle"), panel = list.querySelector(".filter-panel");
    toggle?.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      toggle.setAttribute("aria-expanded", String(!panel.hidden));
      // after this click has closed the other menus
      if (!panel.hidden && !panel.querySelector(".filter-row")) setTimeout(() => { panel.querySelector(".menu").open = true; }, 0);
    });
  });

  /* Columns a reader hides stay hidden on this computer. */
  function columnMenu(list) {
    const menu = list.querySelector(".column-menu"), heads = all("th[data-col]", list), key = "portal.columns." + list.dataset.list;
    if (!menu || heads.length < 5) return;
    let hidden = [];
    try { hidden = JSON.parse(localStorage.getItem(key)) || []; } catch (error) { hidden = []; }
    const apply = () => all("[data-col]", list).forEach((cell) => { cell.hidden = hidden.includes(cell.dataset.col); });
    heads.slice(1).forEach((head) => {
      const label = document.createElement("label"), box = document.createElement("input");
      box.type = "checkbox";
      box.checked = !hidden.includes(head.dataset.col);
      box.addEventListener("change", () => {
        hidden = hidden.filter((name) => name !== head.dataset.col).concat(box.checked ? [] : [head.dataset.col]);
        try { localStorage.setItem(key, JSON.stringify(hidden)); } catch (error) { /* private window: only for this page */ }
        apply();
      });
      label.append(box, " " + head.textContent.replace(/[↑↓↕]/g, "").trim());
      menu.querySelector(".menu-list").append(label);
    });
    menu.hidden = false;
    apply();
  }

  /* ---- filters ---- */
  all("form.filter-panel").forEach((panel) => {
    const rows = panel.querySelector(".filter-rows");

    function add(column, operation, value) {
      const template = panel.querySelector(`template[data-filter="${CSS.escape(column)}"]`);
      if (!template) return null;
      const row = document.createElement("span"), label = document.createElement("span"), remove = document.createElement("button");
      row.className = "filter-row";
      label.textContent = template.dataset.label;
      remove.type = "button";
      remove.className = "filter-remove";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `${words.removeItem} ${template.dataset.label}`);
      remove.addEventListener("click", () => { row.remove(); if (value !== undefined) panel.requestSubmit(); });
      row.append(label, template.content.cloneNode(true), remove);

      let choice = row.querySelector(".filter-op"), field = row.querySelector(".filter-value :is(input, select, textarea)");
      if (operation !== undefined) choice.value = all("option", choice).find((option) => option.textContent === operation)?.value ?? "0";
      if (field.type === "checkbox") {  // FAB's boolean filter knows only "y": no is "not equal to y"
        choice.hidden = true;
        const select = document.createElement("select");
        select.className = "form-control";
        select.append(new Option(words.yes, "0"), new Option(words.no, "1"));
        if (value !== undefined) select.value = choice.value;
        const hidden = document.createElement("input");
        hidden.type = "hidden";
        hidden.value = "y";
        field.replaceWith(select, hidden);
        select.addEventListener("change", () => { choice.value = select.value; named(); });
        field = hidden;
      } else if (field.tagName === "TEXTAREA") {
        const input = document.createElement("input");
        input.className = "form-control";
        field.replaceWith(input);
        field = input;
      }
      all("[id]", row).forEach((node) => node.removeAttribute("id"));
      field.required = false;
      field.removeAttribute("placeholder");
      field.removeAttribute("maxlength");
      if (field.type !== "hidden") field.setAttribute("aria-label", template.dataset.label);
      if (value !== undefined && field.matches(".js-remote")) field.append(new Option(remember(field.dataset.url, value) || `#${value}`, value, true, true));
      else if (value !== undefined && field.type !== "hidden") field.value = value;
      else if (field.matches("select:not(.js-remote)") && !field.multiple) field.prepend(new Option("", "", true, true));
      if (field.multiple) field.multiple = false;
      rows.append(row);
      dates(row);
      const sent = row.querySelector(".filter-value input[type=hidden]") || field;
      function named() { sent.name = `_flt_${choice.value}_${column}`; }
      named();
      choice.addEventListener("change", named);
      pickers(row);
      return row;
    }

    const active = JSON.parse(panel.querySelector(".filter-active").textContent || "[]");
    const asked = Array.from(new URLSearchParams(window.location.search).keys(), (name) => name.replace(/^_flt_\d_/, ""));
    active.sort((one, other) => asked.indexOf(one[0]) - asked.indexOf(other[0]));  // FAB returns them in random order
    active.forEach(([column, operation, value]) => [].concat(value).forEach((one) => add(column, operation, one)));

    all("button[data-filter]", panel).forEach((button) => button.addEventListener("click", () => {
      button.closest("details").open = false;
      const row = add(button.dataset.filter);
      row?.querySelector(".filter-value :is(input:not([type=hidden]), select:not(.select2-hidden-accessible), .select2-selection)")?.focus();
    }));
    panel.addEventListener("submit", () => {  // an empty filter would ask for empty rows
      all(".filter-row [name]", panel).forEach((field) => { field.disabled = field.value === "" || field.value === "__None"; });
    });
  });

  /* ---- keyboard ---- */
  function rowsOf(list) { return all("tbody > tr[tabindex]", list); }

  function moveRow(step) {
    const list = document.activeElement.closest?.("[data-list]") || document.querySelector("[data-main]");
    if (!list) return false;
    const rows = rowsOf(list), at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    rows.forEach((row) => row.classList.toggle("is-current", row === next));
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  }

  document.addEventListener("keydown", (event) => {
    const node = event.target;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (document.querySelector(".select2-container--open")) return;
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
      if (typing(node)) { node.blur(); return; }
      if (document.querySelector(".row-check:checked")) {
        all(".row-check:checked").forEach((box) => { box.checked = false; box.dispatchEvent(new Event("change", { bubbles: true })); });
        return;
      }
      event.preventDefault();  // or this very Esc would close the question it opens
      leave();
      return;
    }
    if (typing(node)) return;
    if (event.key === "/") {
      const search = document.getElementById("portal-search");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!node.closest("summary, .menu-list") && moveRow(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "Enter") {
      const row = node.closest("tr[tabindex]");  // also on a row's checkbox, where Enter would send the first bulk action
      if (row && !node.matches("a, button")) {
        event.preventDefault();
        const target = row.querySelector(".row-link")?.href || row.dataset.href || row.querySelector("td a")?.href;
        if (target) window.location.assign(target);
      }
    } else if (event.key === " " && node.matches("tr[tabindex]")) {
      const box = node.querySelector(".row-check");
      if (box) { event.preventDefault(); box.click(); }
    }
  });

  /* ---- small things ---- */
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const close = event.target.closest("[data-close]");
    if (close) close.closest(close.dataset.close)?.remove();
    const toggle = event.target.closest(".nav-toggle");
    if (toggle) toggle.setAttribute("aria-expanded", String(document.body.classList.toggle("nav-open")));
    else if (!event.target.closest(".side-nav")) document.body.classList.remove("nav-open");
  });
  const current = document.querySelector(".side-nav .active"), nav = document.querySelector(".side-nav");
  if (current && current.offsetTop > nav.clientHeight - 80) nav.scrollTop = current.offsetTop - nav.clientHeight / 2;

  dates(document);
  pickers(document);
})(jQuery);
