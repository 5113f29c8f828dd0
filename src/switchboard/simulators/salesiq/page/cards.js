// Draws one input card; `done(text)` sends what was chosen, `upload(file)` a file.

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key === "text") node.textContent = value;
    else if (key === "on") for (const [name, act] of Object.entries(value)) node.addEventListener(name, act);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
};

const FIELDS = {
  email: { type: "email", autocomplete: "email", placeholder: "you@company.com", label: "E-mail address" },
  tel: { type: "tel", autocomplete: "tel", placeholder: "+1 215 555 0100", label: "Phone number" },
  name: { type: "text", autocomplete: "name", placeholder: "Your name", label: "Name" },
  url: { type: "url", autocomplete: "url", placeholder: "https://", label: "Address" },
  calendar: { type: "date", label: "Date" },
  location: { type: "text", placeholder: "Street, city", label: "Place" },
};
// Drawn, because not every machine has a font with these signs.
const EYES = "M9 9.500v.5M15 9.500v.5";
const STAR = "M12 4l2.400 5 5.600.7-4.100 3.800 1.100 5.500-5-2.800-5 2.800 1.100-5.500L4 9.700 9.600 9z";
const THUMB = "M7 11v8H4v-8zM7 11l4-7c2 0 2.500 1.500 2 3l-.7 2.500H18a2 2 0 0 1 2 2.300l-.9 5.500a2 2 0 0 1-2 1.700H7";
const FACES = [
  [`${EYES}M8.500 16.500c1-2 6-2 7 0`, "Sad"], [`${EYES}M8.500 15.500h7`, "Neutral"], [`${EYES}M8.500 14.500c1 2.500 6 2.500 7 0`, "Happy"],
];

function drawing(path, turned) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", path);
  if (turned) line.setAttribute("transform", "rotate(180 12 12)");
  svg.append(line);
  return svg;
}

function field(card, done) {
  const spec = card.type === "calendar" && card.time
    ? { ...FIELDS.calendar, type: "datetime-local", label: "Date and time" } : FIELDS[card.type];
  const input = make("input", {
    type: spec.type, autocomplete: spec.autocomplete || "off", required: true, maxlength: 300,
    placeholder: card.placeholder || spec.placeholder, value: card.value, "aria-label": card.label || spec.label,
  });
  const send = make("button", { type: "submit", class: "primary", text: card.select_label || "Send" });
  return {
    nodes: [make("div", { class: "row" }, input, send)], focus: input,
    submit: () => input.value.trim() && done(input.value.trim().replace("T", " ")),
  };
}

function choose(card, done) {
  const many = card.type === "multiple-select";
  if (card.type === "drop-down") {
    const select = make("select", { "aria-label": card.label || "Choose one" },
      make("option", { value: "", text: card.placeholder || "Choose…" }),
      ...card.options.map((text) => make("option", { value: text, text })));
    const send = make("button", { type: "submit", class: "primary", text: "Send" });
    return { nodes: [make("div", { class: "row" }, select, send)], focus: select, submit: () => select.value && done(select.value) };
  }
  if (!many) {
    const buttons = card.options.map((text) => make("button", { type: "button", class: "option", text, on: { click: () => done(text) } }));
    return { nodes: [make("div", { class: "options" }, ...buttons)], focus: buttons[0], submit: () => {} };
  }
  const boxes = card.options.map((text) => make("input", { type: "checkbox", value: text }));
  const rows = boxes.map((box) => make("label", { class: "option" }, box, box.value));
  return {
    nodes: [make("div", { class: "options" }, ...rows), make("button", { type: "submit", class: "primary", text: "Send" })], focus: boxes[0],
    submit: () => { const chosen = boxes.filter((box) => box.checked).map((box) => box.value); if (chosen.length) done(chosen.join(", ")); },
  };
}

function rate(card, done) {
  const count = card.type === "like" ? [[THUMB, "Like"], [THUMB, "Dislike"]]
    : card.type === "happiness-rating" ? FACES : [1, 2, 3, 4, 5].map((n) => [STAR, String(n)]);
  const buttons = count.map(([face, text]) => make("button", {
    type: "button", class: "face", title: text, "aria-label": text, on: { click: () => done(text) },
  }, drawing(face, text === "Dislike")));
  return { nodes: [make("div", { class: "faces" }, ...buttons)], focus: buttons[0], submit: () => {} };
}

function slide(card, done) {
  const input = make("input", { type: "range", min: card.min ?? 0, max: card.max ?? 100, value: card.value, "aria-label": card.label || "Value" });
  const shown = make("output", { text: input.value });
  input.addEventListener("input", () => { shown.textContent = input.value; });
  const send = make("button", { type: "submit", class: "primary", text: "Send" });
  return { nodes: [make("div", { class: "row" }, input, shown, send)], focus: input, submit: () => done(input.value) };
}

function file(card, upload) {
  const input = make("input", { type: "file", "aria-label": card.label || "File" });
  const send = make("button", { type: "submit", class: "primary", text: "Send file" });
  return { nodes: [make("div", { class: "row" }, input, send)], focus: input, submit: () => input.files[0] && upload(input.files[0]) };
}

export function drawCard(form, card, done, upload) {
  let drawn;
  if (card.type in FIELDS) drawn = field(card, done);
  else if (Array.isArray(card.options)) drawn = choose(card, done);
  else if (/rating$|^like$/.test(card.type)) drawn = rate(card, done);
  else if (card.type === "slider") drawn = slide(card, done);
  else if (card.type === "file") drawn = file(card, upload);
  else { // What this widget does not draw is typed.
    form.hidden = true;
    form.replaceChildren();
    return false;
  }
  form.replaceChildren(...(card.label ? [make("p", { class: "label", text: card.label })] : []), ...drawn.nodes);
  form.onsubmit = (event) => { event.preventDefault(); drawn.submit(); };
  form.hidden = false;
  if (matchMedia("(min-width: 700px)").matches) drawn.focus?.focus({ preventScroll: true });
  return true;
}

export { make };
