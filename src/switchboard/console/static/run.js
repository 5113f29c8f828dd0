// Follow a run: its lines as they are said, until it is over. Text goes in as textContent only.
"use strict";
(() => {
  const MOST = 5000, NEAR = 32;
  const settings = document.querySelector(".settings");
  if (settings && matchMedia("(min-width: 821px)").matches) settings.open = true; // A phone shows the run first.

  const box = document.getElementById("log");
  if (!box) return;
  const follow = document.getElementById("follow");
  const copy = document.getElementById("copy-log");
  let last = Number(box.dataset.last), state = box.dataset.state, top = 0, stage = "", events = null;
  let over = !box.dataset.events;

  const toEnd = () => { box.scrollTop = box.scrollHeight; top = box.scrollTop; };
  const part = (name, kind, text) => {
    const one = document.createElement(name);
    if (kind) one.className = kind;
    one.textContent = text;
    return one;
  };

  const add = (lines) => {
    const fresh = lines.filter(([number]) => number > last);
    if (!fresh.length) return;
    document.getElementById("nothing-said")?.remove();
    const some = document.createDocumentFragment();
    for (const [number, time, level, text] of fresh) {
      const line = part("div", `line ${level}`, "");
      line.append(part("time", "", time), part("span", "level", level), part("span", "text", text));
      some.append(line);
      last = number;
    }
    box.append(some);
    for (let more = box.childElementCount - MOST; more > 0; more -= 1) box.firstElementChild.remove();
    if (follow.checked) toEnd();
  };

  // The parts of the page that say more than numbers are taken from the page itself.
  const renew = async (...parts) => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Console-Poll": "1" } });
      if (answer.redirected) { location.assign(answer.url); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of parts) {
        const now = document.getElementById(id), next = page.getElementById(id);
        if (now && next) now.replaceWith(next);
      }
    } catch { /* The lines are there; the rest comes with the next load. */ }
  };

  const tell = (said) => {
    const head = document.getElementById("run-head");
    if (said.state !== state) {
      state = said.state;
      renew("run-head", "run-stop", "run-status", "run-result", "run-links");
    }
    const progress = head.querySelector("progress");
    if (!progress) return;
    if (said.total) {
      progress.max = said.total;
      progress.value = said.done;
      head.querySelector(".run-count").textContent = `${said.done.toLocaleString("en")} of ${said.total.toLocaleString("en")}`;
    }
    if (said.stage && said.stage !== stage) {
      stage = said.stage;
      head.querySelector(".run-stage").textContent = stage;
      document.getElementById("run-status").textContent = stage;
    }
  };

  const end = () => {
    over = true;
    events.close();
    follow.closest(".follow").hidden = true;
    renew("run-head", "run-stop", "run-status", "run-result", "run-links");
  };

  const open = () => {
    if (over || document.hidden) return;
    events = new EventSource(`${box.dataset.events}?after=${last}`);
    events.onmessage = (event) => {
      const said = JSON.parse(event.data);
      add(said.lines);
      tell(said);
    };
    events.addEventListener("end", end);
    events.addEventListener("gone", () => location.reload()); // Signed out: the page says so.
    events.onerror = () => {
      // The browser tries again by itself, unless the answer was no stream.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => { renew("run-head"); open(); }, 5000);
    };
  };

  box.addEventListener("scroll", () => {
    const up = box.scrollTop < top - 2;
    top = box.scrollTop;
    if (up && box.scrollHeight - box.clientHeight - top > NEAR) follow.checked = false;
  });
  follow.addEventListener("change", () => { if (follow.checked) toEnd(); });
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const lines = [...box.querySelectorAll(".line")].map((line) => [...line.children].map((each) => each.textContent).join("  "));
      await navigator.clipboard.writeText(lines.join("\n"));
      const words = copy.querySelector("span");
      words.textContent = "Copied";
      setTimeout(() => { words.textContent = "Copy"; }, 2000);
    });
  }
  // Browsers allow six streams to one host: one that nobody sees gives its place back.
  document.addEventListener("visibilitychange", () => { events?.close(); open(); });
  addEventListener("pagehide", () => events?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  toEnd();
  open();
})();
