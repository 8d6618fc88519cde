/* What scripts add to pages that work without them: the form token for htmx, keys for lists,
   the dialog of keys. Nothing here decides anything; every act is a link or a form of the page.
   data-list   a table whose rows j and k walk; Enter follows the row's first link
   data-go     a link that "g" and this letter follow
   data-assign, data-search   where "a" and "/" go
   data-all    a checkbox that stands for all boxes of its form
   data-focus  gets the focus when the page or a part of it arrives */
(() => {
  "use strict";
  const one = (wanted, at = document) => at.querySelector(wanted);
  const all = (wanted, at = document) => [...at.querySelectorAll(wanted)];
  const typing = (at) => at.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  let waits = "";

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.body.dataset.formToken;
    if (token) event.detail.headers["X-Form-Token"] = token;
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => {
      const said = document.createElement("p");
      said.className = "notice bad";
      said.textContent = document.body.dataset.failed;
      one("#alerts").replaceChildren(said);
    });
  }
  document.addEventListener("htmx:afterSettle", (event) => one("[data-focus]", event.target)?.focus());

  function rows() {
    return all("[data-list] tbody tr");
  }
  function here() {
    return one("[data-list] tbody tr.here");
  }
  function go(step) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(here());
    const next = list[Math.min(list.length - 1, Math.max(0, at + step))];
    here()?.classList.remove("here");
    next.classList.add("here");
    one("a", next)?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  function pick() {
    const box = here() && one("input[type=checkbox]", here());
    if (box) box.click();
  }
  function mark(box) {
    box.closest("tr")?.classList.toggle("chosen", box.checked);
    const count = one("[data-chosen]");
    if (count) count.textContent = all("[data-list] tbody input[type=checkbox]:checked").length;
  }
  async function help() {
    const link = one("[data-help]");
    let dialog = one("dialog.help");
    if (!dialog) {
      const answer = await fetch(link.href);
      if (!answer.ok) return void (location.href = link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      dialog = document.createElement("dialog");
      dialog.className = "help";
      dialog.setAttribute("aria-label", link.textContent);
      const close = document.createElement("button");
      close.className = "button quiet";
      close.textContent = one("[data-close]", page).dataset.close;
      close.addEventListener("click", () => dialog.close());
      // First, so that the focus it gets shows the table from its beginning.
      dialog.append(close, ...one("#keys", page).childNodes);
      document.body.append(dialog);
    }
    dialog.showModal();
  }
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    x: pick,
    a: () => one("[data-assign]")?.focus(),
    "/": () => one("[data-search]")?.focus(),
    n: () => one("a[rel=next]")?.click(),
    p: () => one("a[rel=prev], a[rel=start]")?.click(),
    "?": help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur();
      all("details.dialog[open]").forEach((at) => (at.open = false));
    }
    if (typing(event.target) || one("dialog[open]")) return;
    if (waits === "g") {
      waits = "";
      const link = one(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) return event.preventDefault(), link.click();
    }
    waits = event.key === "g" ? "g" : "";
    if (event.key === "Enter" && event.target === document.body && here()) return one("a", here())?.click();
    const act = keys[event.key];
    if (act) event.preventDefault(), act();
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-list] tbody tr");
    if (row && row !== here()) here()?.classList.remove("here"), row.classList.add("here");
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-all]")) all("tbody input[type=checkbox]", box.closest("table")).forEach((at) => { at.checked = box.checked; mark(at); });
    else if (box.matches("[data-list] input[type=checkbox]")) mark(box);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]") && !event.ctrlKey && !event.metaKey) event.preventDefault(), help();
  });
  const arrived = () => all("[data-all-label]").forEach((label) => (label.hidden = false));
  document.addEventListener("htmx:afterSettle", arrived);
  arrived();
  one("[data-focus]")?.focus();
})();
