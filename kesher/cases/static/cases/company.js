// Who else has this person's page open: the browser says that it is here, that somebody types, and that it leaves. What
// colleagues see comes back with each answer, and by the live lane in between.
(() => {
  "use strict";
  const place = document.getElementById("presence");
  if (!place) return;
  const EVERY = 20_000;
  const TYPES = 5_000;
  const body = (doing) => {
    const form = new FormData();
    form.append("csrfmiddlewaretoken", document.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "");
    form.append("doing", doing);
    return form;
  };
  let typed = 0;

  async function tell(doing) {
    const answer = await fetch(place.dataset.presence, { method: "POST", body: body(doing) }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const now = await answer.text();
    if (now.trim() !== place.innerHTML.trim()) place.innerHTML = now;
  }
  document.addEventListener("input", (event) => {
    if (event.target.id !== "words" || Date.now() - typed < TYPES) return;
    typed = Date.now();
    tell("types");
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tell("looks"); });
  window.addEventListener("pagehide", () => navigator.sendBeacon(place.dataset.presence, body("leaves")));
  setInterval(() => { if (!document.hidden) tell("looks"); }, EVERY);
  tell("looks");
})();
