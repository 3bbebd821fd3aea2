// A report's page made lighter: the device says where it is, and a topic without a place asks for none.
(() => {
  "use strict";
  // The question about the place goes away for topics that have none; without this file it may be left empty.
  const question = document.querySelector("[data-place-question]");
  const follow = () => {
    const chosen = document.querySelector("input[name=topic]:checked");
    if (question) question.hidden = chosen?.dataset.place === "no";
  };
  document.addEventListener("change", (event) => { if (event.target.name === "topic") follow(); });
  window.addEventListener("pageshow", follow);
  follow();

  document.querySelectorAll("[data-place-input]").forEach((box) => {
    if (!("geolocation" in navigator)) return;
    const pin = box.querySelector("input[type=hidden]");
    const words = box.querySelector("input:not([type=hidden])");
    const locate = box.querySelector("[data-locate]");
    const shown = box.querySelector("[data-pin]");
    const away = box.querySelector("[data-unpin]");
    const said = box.querySelector("[data-place-said]");
    const show = () => {
      shown.hidden = away.hidden = !pin.value;
      locate.hidden = Boolean(pin.value);
      shown.querySelector("bdi").textContent = pin.value;
    };
    locate.addEventListener("click", () => {
      locate.disabled = true;
      said.textContent = box.dataset.busyText;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          pin.value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`;
          said.textContent = "";
          locate.disabled = false;
          show();
          away.focus();
        },
        () => {
          said.textContent = box.dataset.denied;
          locate.disabled = false;
          words.focus();
        },
        { enableHighAccuracy: true, timeout: 12_000, maximumAge: 60_000 },
      );
    });
    away.addEventListener("click", () => {
      pin.value = "";
      show();
      locate.focus();
    });
    show();
  });
})();
