// The count on the page moves at every signature; it is read aloud now and then, and always in the end.
(() => {
  "use strict";
  const PAUSE = 20_000;
  document.querySelectorAll("[data-count-now]").forEach((box) => {
    const said = box.nextElementSibling;
    const words = () => (box.querySelector(".tally-figure")?.textContent ?? "").replace(/\s+/g, " ").trim();
    let last = words();
    let spoken = 0;
    let timer = 0;
    function speak() {
      timer = 0;
      if (words() === last) return;
      last = words();
      spoken = Date.now();
      said.textContent = last;
    }
    new MutationObserver(() => {
      if (!timer) timer = setTimeout(speak, Math.max(2_000, spoken + PAUSE - Date.now()));
    }).observe(box, { childList: true, subtree: true, characterData: true });
  });
})();
