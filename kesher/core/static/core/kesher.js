// What makes pages pleasant: every one of these pages also works without it. No framework, no inline code, no eval.
(() => {
  "use strict";
  const words = document.getElementById("ui-words")?.dataset ?? {};
  const on = (type, selector, handle) =>
    document.addEventListener(type, (event) => {
      const target = event.target instanceof Element ? event.target.closest(selector) : null;
      if (target) handle(target, event);
    });

  // The page for no network, on every page of citizens; it waits until this page is whole.
  const worker = document.querySelector("link[rel=manifest]")?.dataset.worker;
  if (worker && "serviceWorker" in navigator) {
    window.addEventListener("load", () => navigator.serviceWorker.register(worker).catch(() => {}));
  }

  // Toasts: those that came with the page, and those that a response asks for: HX-Trigger: {"toast": {"text": "…"}}.
  function settle(toast) {
    const button = toast.querySelector("[data-dismiss]");
    if (button) button.hidden = false;
    // An offer to undo, and an error, stay until they are read.
    if (!toast.matches(".error, :has(.undo)")) setTimeout(() => toast.remove(), 7000);
  }
  function toast({ text, kind = "success", undo = "" }) {
    const box = document.createElement("div");
    box.className = `toast ${kind}`;
    const line = document.createElement("p");
    line.textContent = text;
    box.append(line);
    if (undo) {
      const form = Object.assign(document.createElement("form"), { method: "post", action: undo });
      const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken" });
      token.value = csrf();
      const button = Object.assign(document.createElement("button"), { className: "undo", textContent: words.undo });
      form.append(token, button);
      box.append(form);
    }
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", words.close ?? "");
    box.append(close);
    document.getElementById("toasts")?.append(box);
    settle(box);
  }
  const csrf = () => document.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "";
  document.querySelectorAll("[data-toast]").forEach(settle);
  on("click", "[data-dismiss]", (button) => button.closest(".toast").remove());
  document.addEventListener("toast", (event) => toast(event.detail));

  // On a narrow screen the way to this page may lie outside the row of links or tabs: it is moved into sight.
  window.addEventListener("load", () => document.querySelectorAll(".bar nav, .tabs").forEach((row) => {
    const here = row.querySelector("[aria-current], [aria-selected=true]");
    if (!here) return;
    const [link, frame] = [here, row].map((element) => element.getBoundingClientRect());
    const outside = link.left < frame.left || link.right > frame.right;
    if (outside) row.scrollLeft += link.left - frame.left - (frame.width - link.width) / 2;
  }));

  // Dialogs: a button or link with data-dialog opens it; the browser keeps the focus inside.
  document.querySelectorAll("[data-dialog]").forEach((button) => { button.hidden = false; });
  on("click", "[data-dialog]", (button, event) => {
    const dialog = document.getElementById(button.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
  });
  on("click", "[data-close]", (button) => button.closest("dialog").close());
  document.addEventListener("click", (event) => {
    if (event.target instanceof HTMLDialogElement) event.target.close();
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A form is sent once. It comes to life again when the page is shown from the history, or the answer has come.
  const release = (form) => form.removeAttribute("data-sent");
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-sent") && !form.hasAttribute("data-many")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const writes = form.method === "post" || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]");
    if (writes) form.setAttribute("data-sent", "");
    const stays = form.method === "dialog" || form.target || form.hasAttribute("data-download");
    if (!stays) document.body.setAttribute("data-busy", "");
  }, true);
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach(release);
    document.body.removeAttribute("data-busy");
  });

  // Slow answers show a bar at the top; errors say what to do. The words stay in the field.
  let waiting = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.closest("[data-live]")) return; // nobody waits for a live update
    waiting += 1;
    document.body.setAttribute("data-busy", "");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt instanceof HTMLFormElement) release(event.detail.elt);
    if (event.detail.elt.closest?.("[data-live]")) return;
    waiting = Math.max(0, waiting - 1);
    if (!waiting) document.body.removeAttribute("data-busy");
  });
  document.addEventListener("htmx:sendError", () => toast({ text: words.offline, kind: "error" }));
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.elt.closest("[data-live]")) toast({ text: words.failed, kind: "error" });
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const { verb, headers, parameters } = event.detail;
    if (verb !== "get" && !parameters.csrfmiddlewaretoken) headers["X-CSRFToken"] = csrf();
  });

  // Text areas that grow (where the style sheet cannot make them), and what a text costs.
  function grow(area) {
    if (CSS.supports("field-sizing", "content")) return;
    area.rows = Math.min(12, Math.max(2, area.value.split("\n").length));
  }
  // An SMS part: 160/153 letters of the GSM alphabet, else 70/67 UTF-16 units (3GPP TS 23.038).
  const ESCAPED = "^{}\\[~]|€"; // each takes two places
  const ALPHABET = new Set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
      "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà" + ESCAPED,
  );
  function count(area) {
    const out = document.getElementById(area.dataset.count);
    if (!out) return;
    const text = area.value;
    const most = Number(area.dataset.most || area.maxLength);
    if (area.dataset.unit !== "sms") {
      out.textContent = most > 0 ? `${text.length}/${most}` : String(text.length);
      out.classList.toggle("bad", most > 0 && text.length > most);
      return;
    }
    const letters = [...text];
    const gsm = letters.every((letter) => ALPHABET.has(letter));
    const size = gsm ? text.length + letters.filter((letter) => ESCAPED.includes(letter)).length : text.length;
    const [one, many] = gsm ? [160, 153] : [70, 67];
    const parts = size <= one ? 1 : Math.ceil(size / many);
    out.textContent = size ? `${size} · ${parts} ${parts === 1 ? words.part : words.parts}` : "";
    out.classList.toggle("bad", parts > Number(area.dataset.parts || 4));
  }
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLTextAreaElement)) return;
    if (target.hasAttribute("data-grow")) grow(target);
    if (target.dataset.count) count(target);
  });
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (!(target instanceof HTMLTextAreaElement) || event.key !== "Enter" || event.isComposing) return;
    const send = event.ctrlKey || event.metaKey || (target.dataset.send === "enter" && !event.shiftKey);
    if (!send) return;
    event.preventDefault();
    target.form?.requestSubmit();
  });

  // Files: what was chosen, before it is sent; a file that is too large is said so at once.
  on("change", "[data-file] input[type=file]", (input) => {
    const box = input.closest("[data-file]");
    const list = box.querySelector(".previews");
    const most = Number(box.dataset.max || 15);
    list.replaceChildren();
    let tooBig = "";
    for (const file of input.files) {
      const line = Object.assign(document.createElement("span"), { className: "preview" });
      if (file.type.startsWith("image/")) {
        const image = Object.assign(new Image(), { alt: "", src: URL.createObjectURL(file) });
        image.onload = () => URL.revokeObjectURL(image.src);
        image.onerror = () => image.remove();
        line.append(image);
      }
      // Each part has its own direction: a Latin file name must not turn the sentence after it.
      const part = (tag, text, dir) => line.append(Object.assign(document.createElement(tag), { textContent: text, dir }));
      part("bdi", file.name, "auto");
      part("bdi", `${(file.size / 1e6).toFixed(1)} MB`, "ltr");
      if (file.size > most * 1e6) {
        tooBig = (words.tooBig ?? "").replace("{mb}", most);
        line.classList.add("bad");
        part("span", tooBig, document.documentElement.dir);
      }
      list.append(line);
    }
    input.setCustomValidity(tooBig);
  });

  on("click", "[data-copy]", async (button) => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source ? source.value ?? source.textContent.trim() : button.dataset.copy);
    toast({ text: words.copied });
  });
  on("click", "[data-print]", () => window.print());
  document.querySelectorAll("[data-print], [data-copy]").forEach((button) => { button.hidden = false; });

  // Light or dark: kept in a cookie, so that the server writes it into the page and nothing flashes.
  document.querySelectorAll("[data-theme-switch]").forEach((button) => { button.hidden = false; });
  on("click", "[data-theme-switch]", () => {
    const root = document.documentElement;
    const dark = getComputedStyle(root).colorScheme === "dark" ||
      (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
  });

  // What came into the page later gets the same treatment.
  const ready = (root) => {
    root.querySelectorAll("textarea[data-count]").forEach(count);
    root.querySelectorAll("textarea[data-grow]").forEach(grow);
    root.querySelectorAll("[data-print], [data-copy], [data-dialog]").forEach((button) => { button.hidden = false; });
  };
  ready(document);
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
})();
