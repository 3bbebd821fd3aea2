// The desk under the fingers: j k move through the list, and any element with data-key="x" is pressed or entered by x.
(() => {
  "use strict";
  // Keys of one letter must be possible to switch off (WCAG 2.1.4): who dictates to a computer presses them by mistake.
  const toggle = document.getElementById("keys-on");
  if (toggle) {
    toggle.checked = localStorage.getItem("keys") !== "off";
    toggle.addEventListener("change", () => localStorage.setItem("keys", toggle.checked ? "on" : "off"));
  }
  const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

  function move(step) {
    const items = [...document.querySelectorAll("[data-item]")];
    if (!items.length) return;
    const here = items.findIndex((item) => item === document.activeElement);
    const current = here >= 0 ? here : items.findIndex((item) => item.hasAttribute("aria-current"));
    const next = items[Math.min(items.length - 1, Math.max(0, current + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const target = [...document.querySelectorAll("[data-key]")].find(
      (element) => element.dataset.key === key && element.checkVisibility(),
    );
    if (!target) return false;
    if (target.matches("input:not([type=radio], [type=checkbox]), textarea, select")) {
      target.focus();
      target.select?.();
    } else target.click();
    // A choice such as "answer" or "note" leads to the field that it is about.
    const field = target.dataset.focus && document.getElementById(target.dataset.focus);
    if (field) field.focus();
    return true;
  }

  // Who was answered leaves the list. The open person's row stays in its place, marked, so that one sees where one was and
  // "next" is the next.
  let row = null;
  const listed = () => document.querySelector("#list [data-item][aria-current]")?.closest("li");
  document.addEventListener("htmx:beforeSwap", (event) => {
    const here = event.target.id === "list" && listed();
    if (here) row = { copy: here.cloneNode(true), place: [...here.parentNode.children].indexOf(here) };
  });
  document.addEventListener("htmx:afterSettle", () => {
    const list = row && document.querySelector("#list > .items:last-of-type");
    if (!list || listed()) return;
    const copy = row.copy.cloneNode(true);
    copy.className = "answered";
    const item = copy.querySelector("[data-item]");
    copy.querySelector(".item-when").textContent = item.dataset.gone;
    list.insertBefore(copy, list.children[row.place] ?? null);
  });

  // Words that are kept ready go where the field's cursor stands. (Without this the button sends the form, and the
  // server puts them in.)
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
    const field = button && document.getElementById(button.dataset.insert);
    if (!field) return;
    event.preventDefault();
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? "\n" : "";
    field.setRangeText(gap + button.dataset.text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const menu = button.closest("details");
    if (menu) menu.open = false;
    field.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || toggle?.checked === false) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    // By the key's place as well as its letter: a clerk who writes Hebrew has Hebrew letters under the fingers.
    const place = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
    const key = place && !/^[a-z]$/.test(event.key) ? place : event.key;
    if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
    else if (!press(key) && !(event.code === "Slash" && press(event.shiftKey ? "?" : "/"))) return;
    event.preventDefault();
  });
})();
