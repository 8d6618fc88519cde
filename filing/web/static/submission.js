/* Live revalidation: a field that was changed is sent when it is left; the page that comes
   back is put in place part by part ([data-part], each with an id), so that what somebody
   types meanwhile stays. One field at a time, in order. Whatever is not an ordinary answer
   (a conflict, signed out) is left to the browser: the whole form is sent as without scripts. */
(() => {
  "use strict";
  const form = document.querySelector("[data-form]");
  if (!form) return;
  const state = form.querySelector("[data-state]");
  const waiting = [];
  let busy = false;

  const busyIn = (part) => {
    const at = document.activeElement;
    return at && at !== part && part.contains(at) && at.matches("[data-live], #reason");
  };
  const counted = (field) => {
    const most = Number(field.dataset.most);
    const count = field.closest("[data-part]")?.querySelector(".count");
    if (most && count) count.textContent = `${[...field.value].length} ≤ ${most}`;
  };

  function place(page) {
    const parts = [...page.querySelectorAll("[data-part]")];
    if (parts.some((part) => !document.getElementById(part.id)) || parts.length !== document.querySelectorAll("[data-part]").length) return whole(page);
    for (const fresh of parts) {
      const old = document.getElementById(fresh.id);
      if (!old || old.isEqualNode(fresh)) continue;
      if (!busyIn(old)) old.replaceWith(document.importNode(fresh, true));
      else {
        const now = document.activeElement, then = fresh.querySelector(`#${CSS.escape(now.id)}`);
        if (then && then.name) now.name = then.name;
      }
    }
  }
  /* Groups came or went: everything but what is being typed is put in place. */
  function whole(page) {
    const at = document.activeElement, id = at.id, typed = at.value, top = scrollY;
    document.querySelector("#record").replaceWith(document.importNode(page.querySelector("#record"), true));
    for (const fresh of page.querySelectorAll("#head-title, #head-code, #summary, #draft, #report")) document.getElementById(fresh.id)?.replaceWith(document.importNode(fresh, true));
    const now = id && document.getElementById(id);
    if (now) {
      if (typed !== undefined && now.matches("[data-live]")) now.value = typed;
      now.focus({ preventScroll: true });
    }
    scrollTo(0, top);
  }

  async function send() {
    if (busy || !waiting.length) return;
    busy = true;
    const field = document.getElementById(waiting.shift());
    const now = document.querySelector("[data-form]");
    const said = now.querySelector("[data-state]");
    if (field && now.contains(field)) {
      const row = field.closest("[data-part]");
      row.classList.add("waiting");
      const body = new URLSearchParams([[field.name, field.value], ["version", document.getElementById("version").value]]);
      for (const one of now.querySelectorAll("[name=more], [name=fields]")) body.append(one.name, one.value);
      try {
        const answer = await fetch(now.action, { method: "POST", body, headers: { "X-Form-Token": document.body.dataset.formToken } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!answer.ok || !page.querySelector("[data-form]")) {
          busy = false;
          if (answer.status === 409 || answer.ok) return now.submit();
          return void document.querySelector("#alerts").replaceChildren(...(page.querySelector("main")?.childNodes || []));
        }
        row.classList.remove("waiting");
        place(page);
      } catch {
        row.classList.remove("waiting");
        const note = document.createElement("p");
        note.className = "notice bad";
        note.textContent = document.body.dataset.failed;
        document.querySelector("#alerts").replaceChildren(note);
      }
      if (said) said.textContent = "";
    }
    busy = false;
    send();
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-form] [data-live]")) return;
    if (!waiting.includes(event.target.id)) waiting.push(event.target.id);
    send();
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-live][data-most]")) counted(event.target);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-live][data-most]")) counted(event.target);
  });
  /* A link from a finding opens the group its field is in. */
  const open = () => {
    const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let group = at && at.closest("details"); group; group = group.parentElement.closest("details")) group.open = true;
    if (at && at.matches("[data-live], output")) at.focus();
  };
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    if (event.target.closest('a[href^="#"]')) setTimeout(open);
  });
  open();
  if (state) state.hidden = false;
})();
