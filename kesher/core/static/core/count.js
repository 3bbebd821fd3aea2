// A count on the page moves at every signature, vote or pledge; it is read aloud now and then, and always in the end.
// What a reader opened in it stays open.
(() => {
  "use strict";
  const PAUSE = 20_000;
  document.querySelectorAll("[data-count-now]").forEach((box) => {
    const said = box.nextElementSibling;
    const words = () =>
      [...box.querySelectorAll(".tally-figure, .tally-line")].map((line) => line.textContent).join(" ").replace(/\s+/g, " ").trim();
    let last = words();
    let spoken = 0;
    let timer = 0;
    let open = false;
    function speak() {
      timer = 0;
      if (words() === last) return;
      last = words();
      spoken = Date.now();
      said.textContent = last;
    }
    box.addEventListener("toggle", (event) => { if (event.target.isConnected) open = event.target.open; }, true);
    new MutationObserver(() => {
      if (open) box.querySelector("details")?.setAttribute("open", "");
      if (!timer) timer = setTimeout(speak, Math.max(2_000, spoken + PAUSE - Date.now()));
    }).observe(box, { childList: true, subtree: true, characterData: true });
  });
})();
