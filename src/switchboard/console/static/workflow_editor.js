"use strict";
// A workflow's document: line numbers, findings as one types, and the chat beside it.
(() => {
  const form = document.getElementById("editor");
  if (!form) return;
  const text = form.querySelector("#f-text");
  const gutter = form.querySelector(".gutter");
  const begun = text.value;
  const asked = {};
  let leaving = false;

  // Whoever comes back from the review finds the text as they left it.
  const place = `draft ${location.pathname}`;
  const keep = (value) => { try { sessionStorage.setItem(place, value); } catch { /* The text stays in the review. */ } };
  const kept = () => { try { return sessionStorage.getItem(place); } catch { return null; } };

  const number = () => {
    const marks = new Map();
    form.querySelectorAll("#findings [data-line]").forEach((each) => {
      const kind = each.closest(".finding").classList.contains("fail") ? "fail" : "warn";
      if (marks.get(each.dataset.line) !== "fail") marks.set(each.dataset.line, kind);
    });
    const count = text.value.split("\n").length;
    gutter.replaceChildren(...Array.from({ length: count }, (_, at) => {
      const one = document.createElement("div");
      one.textContent = String(at + 1);
      one.className = marks.get(one.textContent) ?? "";
      return one;
    }));
    gutter.scrollTop = text.scrollTop;
  };

  const atEnd = () => {
    const chat = form.querySelector(".chat");
    if (chat) chat.scrollTop = chat.scrollHeight;
  };

  // Ask for the page with what stands in the form, and take one part of the answer.
  const ask = async (action, submitter, part) => {
    const mine = asked[part] = (asked[part] ?? 0) + 1;
    const answer = await fetch(action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, submitter)),
      headers: { "X-CSRF-Token": document.body.dataset.csrf },
    });
    if (answer.redirected) { leaving = true; location.assign(answer.url); return false; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector(part);
    if (mine !== asked[part] || !next) return false;
    form.querySelector(part).replaceWith(next);
    if (part === "#try") {
      const found = page.querySelector("#findings");
      if (found) form.querySelector("#findings").replaceWith(found);
    }
    number();
    return true;
  };

  let typing;
  text.addEventListener("input", () => {
    number();
    clearTimeout(typing);
    typing = setTimeout(() => ask(form.dataset.check, null, "#findings").catch(() => {}), 600);
  });
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });

  const jump = (line) => {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    text.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(text).lineHeight));
    text.scrollLeft = 0;
  };
  form.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    jump(Number(link.dataset.line));
  });

  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    const action = pressed?.getAttribute("formaction");
    if (!action) { leaving = true; keep(text.value); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(typing);
    const part = action.endsWith("/check") ? "#findings" : "#try";
    try {
      if (await ask(action, pressed, part) && part === "#try") {
        atEnd();
        (form.querySelector("#f-say") ?? form.querySelector(".try-head .button"))?.focus({ preventScroll: true });
      }
    } catch {
      const said = document.createElement("p");
      said.className = "error";
      said.setAttribute("role", "alert");
      said.textContent = "The server cannot be reached. Nothing was changed.";
      form.querySelector(part).append(said);
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.id === "f-opening") form.querySelector("[name=anew]").click();
  });

  addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== begun) event.preventDefault();
  });
  const draft = kept();
  try { sessionStorage.removeItem(place); } catch { /* Nothing was kept. */ }
  if (draft !== null && draft !== begun && form.querySelector("[type=submit].primary")) {
    text.value = draft;
    text.dispatchEvent(new Event("input"));
  }
  number();
  atEnd();
})();
