// Says how many characters are left for a short answer; without it the server says so.
(() => {
  "use strict";
  document.querySelectorAll("[data-most]").forEach((area) => {
    const most = Number(area.dataset.most);
    const line = document.createElement("small");
    line.className = "number";
    area.after(line);
    const show = () => {
      const length = [...area.value].length;
      line.textContent = `${length}/${most}`;
      line.classList.toggle("over", length > most);
    };
    area.addEventListener("input", show);
    show();
  });
})();
