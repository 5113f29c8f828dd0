// Choosing several calls: one box for all of them, and a button that says how many.
"use strict";
(() => {
  const boxes = (form) => [...form.querySelectorAll("input[name='call']")];
  const tell = (form) => {
    const all = form.querySelector("[data-choose-all]");
    if (!all) return;
    const chosen = boxes(form).filter((each) => each.checked).length;
    all.checked = chosen > 0 && chosen === boxes(form).length;
    all.indeterminate = chosen > 0 && !all.checked;
    const words = form.querySelector(".choose-bar .button span");
    words.textContent = chosen === 0 ? "Retry chosen calls" : chosen === 1 ? "Retry 1 call" : `Retry ${chosen} calls`;
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-choose]");
    if (!form) return;
    if (event.target.matches("[data-choose-all]")) boxes(form).forEach((each) => { each.checked = event.target.checked; });
    tell(form);
  });
})();
