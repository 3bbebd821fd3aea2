// Scenes that play by themselves: each types, letter by letter, what a person would write, and waits for the answer.
// Without this script a scene sends its first line, and the rest is written by hand.
(() => {
  "use strict";
  const LETTER = 45, REST = 900, LONGEST = 12_000;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const screen = (phone) => document.getElementById(`screen-${phone}`);
  const heard = (phone) => screen(phone)?.querySelectorAll(".say.in").length ?? 0;
  let playing = 0;

  // What was typed is gone once it was sent; what is being typed on another phone stays.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form instanceof HTMLFormElement && form.matches("[data-phone], [data-attach], .ask")) form.reset();
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; });
  });
  // Which streams there are may change (a web chat begins); who fetches stays the same, or its answer would go nowhere.
  document.addEventListener("live", (event) => {
    if (event.target.id === "hear-more") document.getElementById("hear").dispatchEvent(new CustomEvent("live"));
  }, true);
  // A phone on which nothing happened stays as it is: a list that was opened, a letter that was scrolled.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const fresh = fragment.firstElementChild?.dataset.version;
    if (fresh && fresh === target.dataset.version) event.detail.shouldSwap = false;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.(".menu-file input") && event.target.files.length) event.target.form.requestSubmit();
  });

  async function until(test, ms = LONGEST) {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      const found = test();
      if (found) return found;
      await pause(150);
    }
    return null;
  }

  // "@photo" and "@place" press the keys of that name; "@code:email" is the newest six digits on that phone.
  async function step(phone, text) {
    const form = document.querySelector(`form[data-phone="${phone}"]`);
    if (!form) return false;
    form.closest(".phone-box").scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest", inline: "center" });
    if (text.startsWith("@code:")) {
      const words = () => [...screen(text.slice(6)).querySelectorAll(".say.in")].at(-1)?.textContent.match(/\b\d{6}\b/)?.[0];
      text = await until(words);
      if (!text) return false;
    }
    const before = heard(phone);
    if (text.startsWith("@")) {
      document.querySelector(`form[data-attach="${phone}"] button[value="${text}"]`).click();
    } else {
      const field = form.querySelector('input[name="text"]');
      for (const letter of calm ? [text] : text) {
        field.value += letter;
        await pause(LETTER);
      }
      form.requestSubmit();
    }
    await until(() => heard(phone) > before);
    await pause(REST);
    return true;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.play) return;
    event.preventDefault();
    form.removeAttribute("data-sent");
    document.body.removeAttribute("data-busy");
    const turn = ++playing;
    const button = form.querySelector("button");
    button.setAttribute("data-playing", "");
    for (const [phone, text] of JSON.parse(form.dataset.play)) {
      if (turn !== playing || !(await step(phone, text))) break;
    }
    button.removeAttribute("data-playing");
  });
})();
