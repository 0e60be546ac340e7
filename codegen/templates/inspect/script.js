"use strict";
(() => {
  const form = document.querySelector("form.dify");
  const fields = [...form.querySelectorAll("[data-show-on]")];
  const rows = new Map([...document.querySelectorAll(".entries [data-entry]")].map((row) => [row.dataset.entry, row]));
  const conditions = new Map(fields.map((field) => [field, JSON.parse(field.dataset.showOn)]));
  const values = new Map();
  for (const control of form.elements) values.set(control.name, control.value);

  // Dify's rule: an entry is shown if every condition holds, and what is hidden keeps its value.
  function show() {
    let shown = 0;
    for (const field of fields) {
      const visible = conditions.get(field).every(({ variable, value }) => values.get(variable) === value);
      field.hidden = !visible;
      rows.get(field.dataset.entry).classList.toggle("off", !visible);
      shown += visible;
    }
    document.getElementById("shown").textContent = shown;
  }

  // A variable may stand in several entries; they hold one value.
  form.addEventListener("input", ({ target }) => {
    values.set(target.name, target.value);
    for (const control of form.elements) if (control.name === target.name) control.value = target.value;
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();

  const buttons = [...document.querySelectorAll("button[data-language]")];
  function speak(code) {
    const chinese = code === "zh_Hans";
    document.documentElement.lang = chinese ? "zh-Hans" : "en";
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.language === code);
    for (const part of form.querySelectorAll("[data-en]")) {
      const text = chinese ? part.dataset.zh : part.dataset.en;
      if (part.tagName === "OPTION") part.textContent = text;
      else part.placeholder = text;
    }
  }
  for (const button of buttons) button.addEventListener("click", () => speak(button.dataset.language));

  function open() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") {
      target.open = true;
      target.scrollIntoView();
    }
  }
  addEventListener("hashchange", open);
  open();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
  });
})();
