"use strict";
// The texts of a mail: line numbers, findings as one types, and the preview beside them.
(() => {
  const form = document.getElementById("mail-editor");
  if (!form) return;
  const texts = [...form.querySelectorAll(".code-box textarea")];
  const all = () => texts.map((each) => each.value).join("\u0000");
  const begun = all();
  let leaving = false, asked = 0, previews = 0, typing;

  // Whoever comes back from the review finds the texts as they left them.
  const place = `draft ${location.pathname}`;
  const keep = () => { try { sessionStorage.setItem(place, JSON.stringify(texts.map((each) => each.value))); } catch { /* They stay in the review. */ } };
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(place)); } catch { return null; } };

  const number = (text) => {
    const gutter = text.parentElement.querySelector(".gutter");
    const wrong = new Set([...form.querySelectorAll(`[href="#${text.id}"][data-line]`)].map((each) => each.dataset.line));
    gutter.replaceChildren(...Array.from({ length: text.value.split("\n").length }, (_, at) => {
      const one = document.createElement("div");
      one.textContent = String(at + 1);
      one.className = wrong.has(one.textContent) ? "fail" : "";
      return one;
    }));
    gutter.scrollTop = text.scrollTop;
  };

  // Send what stands in the form into a new frame: going back is then no walk through previews.
  const show = () => {
    const box = form.querySelector(".mail-frame");
    const next = box.querySelector("iframe").cloneNode();
    next.removeAttribute("src");
    next.name = `mail-preview-${++previews}`;
    next.className = "coming";
    box.append(next);
    next.addEventListener("load", () => {
      for (let old = next.previousElementSibling; old; old = next.previousElementSibling) old.remove();
      next.className = "";
    });
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = form.dataset.document;
    sent.target = next.name;
    sent.hidden = true;
    for (const [name, value] of new FormData(form)) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      sent.append(field);
    }
    document.body.append(sent);
    sent.submit();
    sent.remove();
  };

  const check = async () => {
    clearTimeout(typing);
    const mine = ++asked;
    const answer = await fetch(form.dataset.check, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-CSRF-Token": document.body.dataset.csrf },
    });
    if (answer.redirected) { leaving = true; location.assign(answer.url); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    form.querySelectorAll("[data-fresh]").forEach((each) => {
      const next = page.getElementById(each.id);
      if (next) each.replaceWith(next);
    });
    texts.forEach(number);
    show();
  };
  const checked = () => check().catch(() => {
    const said = document.createElement("p");
    said.className = "error";
    said.setAttribute("role", "alert");
    said.textContent = "The server cannot be reached. Nothing was changed.";
    form.querySelector("#findings-html").replaceChildren(said);
  });

  texts.forEach((text) => {
    text.addEventListener("input", () => {
      number(text);
      clearTimeout(typing);
      typing = setTimeout(checked, 600);
    });
    text.addEventListener("scroll", () => { text.parentElement.querySelector(".gutter").scrollTop = text.scrollTop; });
  });
  form.querySelector("#f-example").addEventListener("change", checked);

  form.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    const text = form.querySelector(link.getAttribute("href"));
    const lines = text.value.split("\n"), line = Number(link.dataset.line);
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
    text.scrollLeft = 0;
  });

  form.addEventListener("submit", (event) => {
    const action = event.submitter?.getAttribute("formaction") ?? "";
    if (action && !action.endsWith("/test")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      checked();
      return;
    }
    leaving = true;
    if (!action) keep();
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && ("changed" in form.dataset || all() !== begun)) event.preventDefault();
  });

  const draft = kept();
  try { sessionStorage.removeItem(place); } catch { /* Nothing was kept. */ }
  const back = draft?.length === texts.length && form.querySelector("[type=submit].primary") && draft.join("\u0000") !== begun;
  if (back) texts.forEach((text, at) => { text.value = draft[at]; });
  texts.forEach(number);
  if (back) checked();
  else if ("changed" in form.dataset) show();
})();
