// All script of the console. Pages work without it; it saves steps. Text goes in as textContent only.
"use strict";
(() => {
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* For this page only. */ } };
  const theme = stored();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme; // Before anything is painted.
  root.classList.add("js");

  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;

  const toast = (kind, text) => {
    const box = document.querySelector(".toasts");
    const one = document.createElement("div");
    one.className = `toast ${kind}`;
    one.append(text);
    box.replaceChildren(one);
    setTimeout(() => one.remove(), 5000);
  };

  const ready = (within) => {
    if (navigator.clipboard) within.querySelectorAll("[data-copy]").forEach((each) => { each.hidden = false; });
    within.querySelector("[data-focus]")?.focus();
    within.querySelectorAll("a.back").forEach(keepFilters);
  };

  // Back to the list as it was looked through, with its filters and its page.
  const keepFilters = (link) => {
    const from = document.referrer && new URL(document.referrer);
    if (!from || from.origin !== location.origin) return;
    const key = `back:${link.pathname}`;
    try {
      if (from.pathname === link.pathname) sessionStorage.setItem(key, from.search);
      if ([link.pathname, location.pathname].includes(from.pathname)) link.search = sessionStorage.getItem(key) ?? "";
    } catch { /* The whole list, then. */ }
  };

  const closeMenus = (but) => document.querySelectorAll("details[data-menu][open]").forEach((each) => {
    if (!but || !each.contains(but)) each.open = false;
  });

  const actions = {
    themeToggle() { root.dataset.theme = dark() ? "light" : "dark"; keep(root.dataset.theme); },
    dialog(button) { document.getElementById(button.dataset.dialog).showModal(); },
    close(button) { button.closest("dialog").close(); },
    dismiss(button) { button.closest(".toast").remove(); },
    reveal(button) {
      const field = document.getElementById(button.dataset.reveal);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
      button.textContent = shown ? "Show" : "Hide";
    },
    async copy(button) {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      toast("ok", "Copied.");
    },
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    for (const [name, act] of Object.entries(actions)) {
      const button = event.target.closest(`[data-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}]`);
      if (button) { act(button); return; }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((each) => {
      each.open = false;
      each.querySelector("summary").focus();
    });
  });

  const fetched = async (url, options) => {
    const answer = await fetch(url, options);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { answer, page };
  };

  // What the frame counts is as new as the part that is replaced.
  const recount = (page) => {
    const counted = page.querySelectorAll("[data-count]");
    document.querySelectorAll("[data-count]").forEach((each, place) => {
      if (counted[place]) each.replaceChildren(...counted[place].childNodes);
    });
  };

  // Replace one part of the page by the same part of another answer; false: it is not in there.
  const swap = (selector, page) => {
    const now = document.querySelector(selector), next = page.querySelector(selector);
    if (!now || !next) return false;
    now.replaceWith(next);
    recount(page);
    ready(next);
    return true;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const pressed = event.submitter;
    if (!form.matches("form[data-enhance]")) {
      // After the browser has read the form, or the button's own value would be lost.
      if (pressed) setTimeout(() => { pressed.disabled = true; setTimeout(() => { pressed.disabled = false; }, 4000); });
      return;
    }
    event.preventDefault();
    const url = new URL(form.getAttribute("action"), location); // form.action may be a button of that name.
    const data = new FormData(form, pressed);
    if (pressed) pressed.disabled = true;
    try {
      const get = form.method === "get";
      if (get) url.search = new URLSearchParams([...data].filter(([, value]) => value)); // What is chosen, no more.
      const options = get ? {} : { method: "POST", body: data, headers: { "X-CSRF-Token": document.body.dataset.csrf } };
      const { answer, page } = await fetched(url, options);
      if (get) history.replaceState(null, "", url);
      if (!swap(form.dataset.enhance, page)) {
        if (get || answer.redirected) { location.assign(answer.url); return; }
        document.documentElement.replaceChildren(...document.importNode(page.documentElement, true).childNodes);
        ready(document); // Another page answered in this one's place, such as a question before saving.
        scrollTo(0, 0);
        return;
      }
      const told = page.querySelector(".toast");
      if (told) toast(told.classList.contains("fail") ? "fail" : "ok", told.querySelector("span").textContent);
    } catch {
      toast("fail", "The server cannot be reached. Nothing was changed.");
    } finally {
      if (pressed) pressed.disabled = false;
    }
  });

  // <form data-live> sends itself 200 ms after the last key: filters.
  let typing;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(() => form.requestSubmit(), 200);
  });

  // <div id="x" data-refresh="15">: looks again every 15 seconds while the page is seen.
  const refresh = async () => {
    if (document.hidden || looking) return;
    const due = [...document.querySelectorAll("[data-refresh][id]")].filter((each) =>
      Date.now() - (each.seenAt ?? opened) >= 1000 * Number(each.dataset.refresh)
      && !each.contains(document.activeElement) // Never under somebody's fingers,
      && !each.querySelector("details.chart-table[open]")); // nor while it is being read.
    if (!due.length) return;
    looking = true;
    due.forEach((each) => { each.seenAt = Date.now(); }); // Whatever comes of it.
    try {
      const { answer, page } = await fetched(location.href, { headers: { "X-Console-Poll": "1" } });
      if (answer.redirected) { location.assign(answer.url); return; }
      for (const { id } of answer.ok ? due : []) {
        if (swap(`#${CSS.escape(id)}`, page)) document.getElementById(id).seenAt = Date.now();
      }
    } catch { /* The next look may succeed. */ } finally { looking = false; }
  };
  let looking = false;
  const opened = Date.now();

  document.addEventListener("DOMContentLoaded", () => {
    ready(document);
    document.querySelectorAll(".toast").forEach((each) => setTimeout(() => each.remove(), 8000));
    if (document.querySelector("[data-refresh]")) setInterval(refresh, 1000);
  });
})();
