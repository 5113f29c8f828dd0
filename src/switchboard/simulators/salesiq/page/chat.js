// The visitor's widget: shows one chat, sends what is written, waits for news.
import { drawCard, make } from "./cards.js";

const at = (id) => document.getElementById(id);
const KEY = "switchboard.simulated.chats";
const OVER = { ended: "This chat has ended.", missed: "Your message has been taken." };
let chat = null;       // What the server last told of the chat that is open.
let drawn = { id: "", count: 0, offer: "" };
let round = 0;         // Only the newest loop of waiting may draw.

const kept = () => { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; } };
const keep = (all) => localStorage.setItem(KEY, JSON.stringify(all.slice(-20)));

async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.error || `HTTP ${answer.status}`), { status: answer.status });
  return body;
}
const post = (path, body) => ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const mine = (more = "") => `api/conversations/${encodeURIComponent(chat.id)}${more}`;

// -- drawing ---------------------------------------------------------------------------------

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"']+)/).map((part, i) =>
    i % 2 ? make("a", { href: part, target: "_blank", rel: "noopener noreferrer", text: part }) : part);
}

function bubble(message) {
  const time = new Date(message.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (message.sender === "system") return make("p", { class: "system", text: message.text });
  const content = [];
  if (message.file) content.push(make("span", { class: "file", text: `📎 ${message.file.name}` }));
  if (message.text && message.text !== message.file?.name) content.push(...linked(message.text));
  const names = { visitor: "You", bot: "AceBuddy", operator: chat.operator || "Operator" };
  return make("div", { class: `message ${message.sender}` },
    make("span", { class: "unseen", text: `${names[message.sender]}:` }),
    make("div", { class: "bubble" }, ...content), make("time", { text: time }));
}

function drawLog() {
  const log = at("log");
  if (drawn.id !== chat.id || drawn.count > chat.messages.length) {
    log.replaceChildren();
    drawn = { id: chat.id, count: 0, offer: "" };
  }
  log.querySelector(".typing")?.remove();
  for (const message of chat.messages.slice(drawn.count)) {
    const node = bubble(message);
    if (log.lastElementChild?.classList.contains(message.sender)) node.classList.add("next");
    log.append(node);
  }
  drawn.count = chat.messages.length;
  const waiting = chat.status === "bot" && (chat.pending || chat.busy);
  if (waiting) {
    log.append(make("div", { class: "message bot typing" },
      make("div", { class: "bubble", "aria-label": "AceBuddy is writing" },
        make("i"), make("i"), make("i"), ...(chat.pending?.progress ? [make("span", { text: chat.pending.progress })] : []))));
  }
}

function drawOffer() {
  const offer = JSON.stringify([chat.suggestions, chat.input, chat.status]);
  if (offer === drawn.offer) return;
  drawn.offer = offer;
  const live = chat.status === "bot";
  at("choices").hidden = !(live && chat.suggestions.length);
  at("choices").replaceChildren(...chat.suggestions.map((text) =>
    make("button", { type: "button", class: "choice", text, on: { click: () => say(text) } })));
  at("card").hidden = true;
  if (live && chat.input) drawCard(at("card"), chat.input, say, upload);
}

function draw() {
  drawLog();
  drawOffer();
  const over = chat.status in OVER;
  const choosing = !over && chat.status === "bot" && chat.suggestions.length > 0;
  const filling = !over && !at("card").hidden;
  at("composer").hidden = over || filling;
  at("over").hidden = !over;
  if (over) at("over").firstElementChild.textContent = OVER[chat.status];
  at("words").disabled = at("send").disabled = at("attach").disabled = choosing;
  at("words").placeholder = choosing ? "Choose an answer above" : "Write a message";
  at("composer").classList.toggle("blocked", choosing);
  at("title").textContent = chat.status === "operator" ? chat.operator : "AceBuddy";
  at("subtitle").textContent = over ? "Chat is over" : chat.status === "operator" ? "Support team"
    : chat.pending ? "Working on it…" : chat.busy ? "Writing…" : "Support assistant";
  at("widget").dataset.status = chat.status;
  const off = !chat.bot.connected ? "No bot is connected: POST /_sim/salesiq/bot sets its address."
    : chat.bot.enabled ? "" : `SalesIQ has switched the bot off (${chat.bot.why}).`;
  at("banner").textContent = off;
  at("banner").hidden = !off;
  at("log").scrollTop = at("log").scrollHeight; // Last: choices and cards take room from the log.
}

function drawChats() {
  const all = kept();
  at("earlier").hidden = all.length < 2;
  at("chats").replaceChildren(...all.map((each, i) =>
    make("option", { value: each.id, selected: each.id === chat?.id, text: `${i + 1}${each.name ? ` ${each.name}` : ""}` })));
}

function show(talking) {
  at("start").hidden = talking;
  at("talk").hidden = !talking;
  if (!talking) { at("title").textContent = "AceBuddy"; at("subtitle").textContent = "Support assistant"; at("banner").hidden = true; }
}

function complain(error) {
  at("banner").textContent = error.message === "Failed to fetch" ? "The chat cannot be reached just now." : error.message;
  at("banner").hidden = false;
}

// -- doing -----------------------------------------------------------------------------------

async function follow(view) {
  const own = ++round;
  chat = view;
  show(true);
  drawn.offer = "";
  drawChats();
  draw();
  while (own === round) {
    try {
      const next = await ask(mine(`?since=${chat.version}`));
      if (own !== round) return;
      const news = next.version !== chat.version;
      chat = next;
      draw();
      if (news && !at("drawer").hidden) drawDrawer();
    } catch (error) {
      if (own !== round) return;
      if (error.status === 404) { forget(chat.id); return fresh(); }
      complain(error);
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

async function open(form) {
  const given = Object.fromEntries(new FormData(form));
  try {
    const view = await post("api/conversations", given);
    keep([...kept(), { id: view.id, name: given.name.trim() }]);
    follow(view);
    if (matchMedia("(min-width: 700px)").matches) at("words").focus();
  } catch (error) { complain(error); }
}

async function say(text) {
  try {
    at("choices").hidden = true;
    chat = await post(mine("/messages"), { text });
    draw();
  } catch (error) { drawn.offer = ""; draw(); complain(error); }
}

async function upload(file) {
  try {
    chat = await ask(mine(`/files?name=${encodeURIComponent(file.name)}`), {
      method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" },
    });
    draw();
  } catch (error) { complain(error); }
}

const forget = (id) => keep(kept().filter((each) => each.id !== id));
function fresh() { round += 1; chat = null; show(false); drawChats(); at("start").elements.name.focus(); }

// -- the drawer ------------------------------------------------------------------------------

async function drawDrawer() {
  const { bot, deliveries } = chat ? await ask(mine("/deliveries")) : { bot: await ask("/_sim/salesiq/bot"), deliveries: [] };
  const facts = [["Bot", bot.url || "none"], ["State", bot.enabled ? "on" : `off: ${bot.off_because}`],
    ["Signed", bot.secure ? "yes" : "no"], ["Failures in a row", String(bot.failures)], ...(chat ? [["Chat", chat.id]] : [])];
  at("facts").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
  at("available").checked = bot.operators.some((each) => each.available);
  at("business").checked = bot.open_for_business;
  at("revive").hidden = bot.enabled;
  const open = new Set([...document.querySelectorAll("#deliveries details[open]")].map((each) => each.dataset.key));
  at("deliveries").replaceChildren(...deliveries.map((each, i) => [each, `${each.request_id}:${i}`]).reverse().map(([each, key]) =>
    make("li", {}, make("details", { "data-key": key, open: open.has(key) },
      make("summary", { class: each.outcome === "answered" ? "good" : each.outcome === "under way" ? "" : "bad" },
        make("b", { text: each.handler }), ` ${each.outcome}`, make("small", { text: each.milliseconds === null ? "…" : `${each.milliseconds} ms${each.fault ? `, ${each.fault}` : ""}` })),
      make("h4", { text: "Posted" }), make("pre", { tabindex: 0, text: JSON.stringify(each.body, null, 2) }),
      make("h4", { text: "Answered" }), make("pre", { tabindex: 0, text: each.answer === null ? "nothing" : JSON.stringify(each.answer, null, 2) })))));
}

function toggleDrawer(wanted) {
  at("drawer").hidden = !wanted;
  at("dev").setAttribute("aria-expanded", String(wanted));
  document.body.classList.toggle("with-drawer", wanted);
  if (wanted) drawDrawer().catch(complain);
  else at("dev").focus();
}

// -- listening -------------------------------------------------------------------------------

at("start").addEventListener("submit", (event) => { event.preventDefault(); open(event.target); });
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("words").value.trim();
  if (!text || at("words").disabled) return;
  at("words").value = "";
  at("words").style.height = "";
  say(text);
});
at("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); at("composer").requestSubmit(); }
});
at("words").addEventListener("input", () => { at("words").style.height = "auto"; at("words").style.height = `${Math.min(at("words").scrollHeight, 120)}px`; });
at("attach").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => { if (at("file").files[0]) upload(at("file").files[0]); at("file").value = ""; });
at("fresh").addEventListener("click", fresh);
at("again").addEventListener("click", fresh);
at("chats").addEventListener("change", async () => {
  round += 1;
  try { follow(await ask(`api/conversations/${encodeURIComponent(at("chats").value)}`)); } catch { forget(at("chats").value); fresh(); }
});
at("dev").addEventListener("click", () => toggleDrawer(at("drawer").hidden));
at("dev-close").addEventListener("click", () => toggleDrawer(false));
for (const [id, key] of [["available", "available"], ["business", "open"]]) {
  at(id).addEventListener("change", () => post("/_sim/salesiq/operators", { [key]: at(id).checked }).catch(complain));
}
at("revive").addEventListener("click", async () => { await post("/_sim/salesiq/bot", { enabled: true, check: false }); drawDrawer(); });
at("close").addEventListener("click", () => { at("widget").hidden = true; at("launcher").hidden = false; at("launcher").focus(); });
at("launcher").addEventListener("click", () => { at("widget").hidden = false; at("launcher").hidden = true; });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !at("drawer").hidden) toggleDrawer(false); });

const last = kept().at(-1);
drawChats();
if (last) {
  ask(`api/conversations/${encodeURIComponent(last.id)}`).then(follow).catch(() => { keep([]); drawChats(); });
}
