// Answering by keys, and a ranked ballot that is moved by buttons or dragged. Every page also works without it.
(() => {
  "use strict";
  // Keys: an element with data-press="1" is pressed by 1, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const target = document.querySelector(`[data-press="${CSS.escape(event.key)}"]`);
    if (!target || event.repeat) return;
    event.preventDefault();
    target.click();
  });
  const keys = (root) => {
    if (!matchMedia("(hover: hover)").matches) return;
    root.querySelectorAll(".keys").forEach((line) => { line.hidden = false; });
  };
  keys(document);
  // The next question gets the focus, so that it is read aloud and the keys go on.
  document.addEventListener("htmx:afterSwap", (event) => {
    keys(event.detail.target);
    event.detail.target.querySelector("[data-focus]")?.focus({ preventScroll: true });
  });

  document.querySelectorAll("[data-ranking]").forEach((box) => {
    const list = box.querySelector("ol");
    const said = box.querySelector("[data-said]");
    const lines = () => [...list.querySelectorAll("[data-line]")];
    const pick = (line) => line.querySelector("select");
    const name = (line) => line.querySelector("[data-name]").textContent;
    const ranked = () => lines().filter((line) => pick(line).value).sort((a, b) => pick(a).value - pick(b).value);

    // The ranked lines in this order, from the top, and nobody else.
    function put(order, moved) {
      const rest = lines().filter((line) => !order.includes(line));
      order.forEach((line, at) => { pick(line).value = String(at + 1); });
      rest.forEach((line) => { pick(line).value = ""; });
      const focus = document.activeElement;
      list.append(...order, ...rest);
      if (list.contains(focus)) focus.focus();
      lines().forEach((line) => line.classList.toggle("ranked", order.includes(line)));
      if (!moved) return;
      const place = order.indexOf(moved) + 1;
      const words = place ? box.dataset.moved : box.dataset.out;
      said.textContent = words.replace("{name}", name(moved)).replace("{place}", place);
    }
    function move(line, by) {
      const order = ranked();
      const at = order.indexOf(line);
      if (at < 0) return by < 0 ? put([...order, line], line) : undefined;
      order.splice(at, 1);
      if (at + by <= order.length) order.splice(Math.max(0, at + by), 0, line);
      return put(order, line);
    }
    function button(line, by, key) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button line small round";
      made.dataset[key] = "";
      made.setAttribute("aria-label", `${box.dataset[key]}: ${name(line)}`);
      made.textContent = by < 0 ? "↑" : "↓";
      made.addEventListener("click", () => move(line, by));
      return made;
    }
    lines().forEach((line) => {
      line.querySelector(".rank-moves").append(button(line, -1, "up"), button(line, 1, "down"));
      pick(line).addEventListener("change", () => {
        const order = ranked().filter((other) => other !== line);
        const place = Number(pick(line).value);
        if (place) order.splice(place - 1, 0, line);
        put(order, line);
      });
      line.draggable = true;
      line.addEventListener("dragstart", (event) => {
        line.classList.add("dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", name(line));
      });
      line.addEventListener("dragend", () => line.classList.remove("dragged"));
      line.addEventListener("dragover", (event) => event.preventDefault());
      line.addEventListener("drop", (event) => {
        event.preventDefault();
        const dragged = list.querySelector(".dragged");
        if (!dragged || dragged === line) return;
        const order = ranked().filter((other) => other !== dragged);
        const at = order.indexOf(line);
        order.splice(at < 0 ? order.length : at, 0, dragged);
        put(order, dragged);
      });
    });
    put(ranked());
  });
})();
