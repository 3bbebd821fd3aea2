// The words of a report, stored while there is no network, offered again, and deleted once it was sent.
// They stay in this tab; on this device, too, where the person wants that.
(() => {
  "use strict";
  const KEY = "kesher:draft:report", TRIED = "kesher:tried:report", WANTED = "kesher:keep-drafts";
  const KEPT_MS = 7 * 24 * 3600 * 1000;
  const NAMES = ["words", "place", "topic"]; // never who reports
  const STORES = ["sessionStorage", "localStorage"];

  const remove = (key) => STORES.forEach((store) => { try { window[store].removeItem(key); } catch { /* none */ } });
  // What is too old is deleted, not only left out.
  const read = (store, key = KEY) => {
    try {
      const found = JSON.parse(window[store].getItem(key));
      if (found && Date.now() - found.at < KEPT_MS && found.words) return found;
      window[store].removeItem(key);
    } catch { /* nothing is stored */ }
    return null;
  };
  const keep = (draft, key = KEY) => {
    if (!draft.words?.trim()) return remove(key); // whoever cleared the field wants it gone
    const stored = JSON.stringify({ ...draft, at: Date.now() });
    try {
      sessionStorage.setItem(key, stored);
      if (key === KEY && localStorage.getItem(WANTED)) localStorage.setItem(key, stored);
    } catch { /* a browser that stores nothing */ }
  };
  const forget = () => [KEY, TRIED].forEach(remove);
  const collect = (form) => Object.fromEntries(
    NAMES.map((name) => [name, new FormData(form).get(name) ?? ""]).filter(([, value]) => typeof value === "string" && value));

  STORES.forEach((store) => read(store)); // also where no form asks for it

  // Whether this device may keep a draft after the tab is closed; nobody wants that unless they say so.
  document.querySelectorAll("[data-draft-switch]").forEach((label) => {
    const box = label.querySelector("input");
    try { box.checked = Boolean(localStorage.getItem(WANTED)); } catch { return; }
    label.hidden = false;
    box.addEventListener("change", () => {
      if (box.checked) {
        localStorage.setItem(WANTED, "1");
        keep(read("sessionStorage") ?? {});
      } else [KEY, WANTED].forEach((key) => localStorage.removeItem(key));
    });
  });

  // The form: what is sent stays in this tab until a page answers; what is written without a network, until it was sent.
  const form = document.querySelector("form.report");
  if (form) {
    try { sessionStorage.removeItem(TRIED); } catch { /* nothing is stored */ }
    form.addEventListener("submit", () => keep(collect(form), TRIED));
    const offer = document.querySelector("[data-draft-offer]");
    const draft = read("sessionStorage") ?? read("localStorage");
    // An empty field deletes the draft, but not one that is still offered.
    const store = () => { if (form.elements.words.value.trim() || !offer || offer.hidden) keep(collect(form)); };
    form.addEventListener("input", () => { if (!navigator.onLine) store(); });
    window.addEventListener("offline", store);
    if (draft && offer && !form.elements.words.value.trim()) {
      offer.querySelector("[data-draft-words]").textContent = draft.words;
      offer.hidden = false;
      offer.querySelector("[data-draft-use]").addEventListener("click", () => {
        form.elements.words.value = draft.words;
        const place = form.querySelector("[data-place-input] input:not([type=hidden]), input[name=place]");
        if (place && draft.place) place.value = draft.place;
        const topic = [...form.querySelectorAll("input[name=topic]")].find((one) => one.value === draft.topic);
        if (topic) topic.checked = true;
        offer.hidden = true;
        form.elements.words.focus();
      });
      offer.querySelector("[data-draft-delete]").addEventListener("click", () => { forget(); offer.hidden = true; });
    }
  }

  // The page without a network: it takes over what this tab tried to send.
  const page = document.querySelector("[data-draft-offline]");
  if (page) {
    const words = page.querySelector("textarea"), said = page.querySelector("[data-draft-said]");
    const draft = read("sessionStorage", TRIED) ?? read("sessionStorage") ?? read("localStorage") ?? {};
    const store = () => {
      keep({ ...draft, words: words.value });
      said.textContent = read("sessionStorage")?.words === words.value ? said.dataset.kept : "";
    };
    words.value = draft.words ?? "";
    words.addEventListener("input", store);
    page.hidden = false;
    store();
  }

  if (document.querySelector("[data-draft-sent]")) forget();
})();
