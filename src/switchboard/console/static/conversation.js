// A chat or a ticket while it goes on: what is new is put in, what somebody reads stays where it is.
"use strict";
(() => {
  const talk = document.querySelector("[data-talk]");
  const toEnd = document.querySelector("[data-to-end]");
  const POLL = { headers: { "X-Console-Poll": "1" } };
  const NEAR = 60; // Pixels from the end within which somebody is reading along.
  const end = () => { talk.scrollTop = 0; toEnd.hidden = true; }; // The box is laid out from its end.

  const read = async (address) => {
    const answer = await fetch(address, POLL);
    if (answer.redirected) { location.assign(answer.url); return null; }
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  };
  const busy = (part) => part.contains(document.activeElement) || part.querySelector("dialog[open]");

  // Put new bubbles below, and bring changed ones up to date; one with its verdict open is left alone.
  const bubbles = (page) => {
    const list = document.getElementById("bubbles"), next = page.getElementById("bubbles");
    if (!next) return 0;
    if (!list) { talk.replaceChildren(next); return 0; }
    list.dataset.every = next.dataset.every;
    let added = 0;
    for (const each of [...next.children]) {
      const known = document.getElementById(each.id);
      if (!known) { each.classList.add("new"); list.append(each); added += 1; continue; }
      if (!known.querySelector("[data-made]") && !busy(known) && known.innerHTML !== each.innerHTML) known.replaceChildren(...each.childNodes);
    }
    return added;
  };

  const parts = (page) => document.querySelectorAll("[data-live-part][id]").forEach((each) => {
    const next = page.getElementById(each.id);
    if (!next || busy(each)) return;
    each.querySelectorAll("details[open][id]").forEach((open) => { const same = next.querySelector(`#${open.id}`); if (same) same.open = true; });
    each.replaceWith(next);
  });

  const look = async () => {
    const page = await read(location.pathname);
    if (!page) return;
    parts(page);
    if (!talk) return;
    const along = Math.abs(talk.scrollTop) < NEAR, before = talk.scrollHeight, top = talk.scrollTop;
    const added = bubbles(page);
    if (along) end();
    else if (talk.scrollTop === top) talk.scrollTop = top - (talk.scrollHeight - before); // Unless the browser did.
    if (added && !along) toEnd.hidden = false;
  };

  let looked = Date.now();
  const every = () => 1000 * Number(document.querySelector("[data-every]")?.dataset.every ?? 4);
  setInterval(async () => {
    if (document.hidden || Date.now() - looked < every()) return;
    looked = Date.now();
    try { await look(); } catch { /* The next look may succeed. */ }
  }, 500);

  toEnd?.addEventListener("click", () => { end(); talk.focus(); });
  talk?.addEventListener("scroll", () => { if (Math.abs(talk.scrollTop) < NEAR) toEnd.hidden = true; });

  // The detector's view of one message, without leaving the place.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-judge]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const bubble = link.closest("[data-bubble]");
    try {
      const page = await read(link.href.split("#")[0]);
      const next = page?.getElementById(bubble.id);
      if (!next) { location.assign(link.href); return; }
      bubble.replaceChildren(...next.childNodes);
      bubble.querySelector("[data-judge]").focus();
    } catch { location.assign(link.href); }
  });
})();
