// What whoever writes at the desk has seen, and what they have begun. Words that come while somebody writes must be looked
// at before anything goes out: the mark "seen_seq" moves when they are in view and nobody is writing, when the reader
// scrolls to them, or at the button that names them; never by a live update alone. Drafts are kept on the server.
(() => {
  "use strict";
  const PAUSE = 1_500;
  const form = () => document.getElementById("composer");
  const field = () => document.getElementById("words");
  const kind = () => (form()?.elements.mode?.value === "note" ? "note" : "reply");

  // ---- What was seen
  const bar = () => document.querySelector("#composer-news [data-show-new]");

  function see() {
    const mark = form()?.elements.seen_seq;
    if (mark) mark.value = document.getElementById("composer-news").dataset.newest;
    bar()?.remove();
  }
  function isInView() {
    const line = document.getElementById(bar()?.dataset.showNew);
    const pane = line?.closest(".pane-body")?.getBoundingClientRect();
    if (!pane || document.hidden) return false;
    const box = line.getBoundingClientRect();
    return box.bottom <= pane.bottom + 8 && box.bottom > pane.top;
  }
  const look = () => { if (bar() && isInView()) see(); };
  const lookIfIdle = () => { if (!field()?.value.trim()) look(); };
  const lookSoon = (event) => { if (event.target.closest?.(".pane-stream .pane-body")) setTimeout(look, 150); };

  document.addEventListener("htmx:afterSettle", () => setTimeout(lookIfIdle, 50));
  document.addEventListener("visibilitychange", lookIfIdle);
  ["wheel", "touchmove", "keyup"].forEach((name) => document.addEventListener(name, lookSoon, { passive: true }));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-show-new]");
    if (!button) return;
    document.getElementById(button.dataset.showNew)?.scrollIntoView({ block: "end" });
    see();
    field()?.focus();
  });

  // ---- What was begun
  let timer = 0;
  let sending = null;
  let known = { reply: field()?.dataset.reply ?? "", note: field()?.dataset.note ?? "" };
  let current = kind();

  function body(mode, text) {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form().querySelector('input[name="csrfmiddlewaretoken"]').value);
    data.append("mode", mode);
    data.append("text", text);
    data.append("seen_seq", form().elements.seen_seq.value);
    return data;
  }
  function keep(mode, text, leaving = false) {
    if (!form() || known[mode] === text) return;
    known[mode] = text;
    if (leaving) return void navigator.sendBeacon(form().dataset.draftUrl, body(mode, text));
    sending = new AbortController();
    fetch(form().dataset.draftUrl, { method: "POST", body: body(mode, text), signal: sending.signal }).catch(() => null);
  }
  function keepNow(leaving = false) {
    clearTimeout(timer);
    if (field()) keep(kind(), field().value, leaving);
  }
  document.addEventListener("input", (event) => {
    if (event.target.id !== "words") return;
    clearTimeout(timer);
    timer = setTimeout(() => keepNow(), PAUSE);
  });
  document.addEventListener("focusout", (event) => { if (event.target.id === "words") keepNow(); });
  // An answer and a note are kept apart. Words that were begun as the wrong one go along, where the other is empty.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "mode" || event.target.form !== form() || current === kind()) return;
    const [before, words] = [current, field().value];
    current = kind();
    clearTimeout(timer);
    if (known[current].trim()) {
      keep(before, words);
      field().value = known[current];
    } else {
      keep(before, "");
      keep(current, words);
    }
  });
  // What is sent is no draft any more: nothing that is still on its way may bring it back.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== form()) return;
    clearTimeout(timer);
    sending?.abort();
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!field() || field().dataset.reply === undefined) return;
    if (field().dataset.known) return;
    field().dataset.known = "1";
    known = { reply: field().dataset.reply, note: field().dataset.note };
    current = kind();
  });
  if (field()) field().dataset.known = "1";
  document.addEventListener("submit", (event) => { if (event.target === form()) clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) keepNow(true); });
  window.addEventListener("beforeunload", () => keepNow(true));
  window.addEventListener("pagehide", () => keepNow(true));
})();
