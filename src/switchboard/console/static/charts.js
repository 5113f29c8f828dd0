// Numbers of a chart beside the pointer, the finger or, with the arrow keys, beside what is focused.
"use strict";
(() => {
  const seen = (plot) => [...plot.querySelectorAll(".hit")].filter((each) => each.getClientRects().length && each.checkVisibility());
  const clear = (plot) => {
    plot.querySelectorAll(".hit.on").forEach((each) => each.classList.remove("on"));
    plot.querySelector(".chart-tip").hidden = true;
  };
  const show = (plot, hit) => {
    const tip = plot.querySelector(".chart-tip");
    clear(plot);
    hit.classList.add("on");
    tip.textContent = hit.dataset.tip;
    tip.hidden = false;
    const around = plot.getBoundingClientRect(), place = hit.getBoundingClientRect();
    const left = place.left - around.left + (place.width - tip.offsetWidth) / 2;
    const most = around.width - tip.offsetWidth;
    const above = place.top - around.top - tip.offsetHeight - 4;
    tip.style.left = `${Math.max(0, Math.min(left, most))}px`;
    tip.style.top = `${Math.max(above, -tip.offsetHeight / 2)}px`;
  };
  const plotOf = (event) => event.target.closest?.("[data-chart]");

  document.addEventListener("pointerover", (event) => {
    const hit = event.target.closest?.(".hit[data-tip]");
    if (hit) show(plotOf(event), hit);
  });
  document.addEventListener("pointerout", (event) => {
    const plot = plotOf(event);
    if (plot && !plot.contains(event.relatedTarget)) clear(plot);
  });
  document.addEventListener("focusout", (event) => { const plot = plotOf(event); if (plot) clear(plot); });
  document.addEventListener("keydown", (event) => {
    const plot = plotOf(event);
    if (!plot || event.target !== plot) return;
    if (event.key === "Escape") { clear(plot); return; }
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = seen(plot), at = all.findIndex((each) => each.classList.contains("on"));
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(at + step, all.length - 1));
    show(plot, all[next]);
  });
})();
