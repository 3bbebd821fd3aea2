// The web chat, made lively: messages go through the intake lane and the stream fetches itself. Without this file the
// same forms post to the page. Nothing here is needed to understand or to answer.
(() => {
  "use strict";
  const chat = document.getElementById("chat");
  if (!chat) return;
  const log = chat.querySelector("[role=log]");
  const composer = chat.querySelector(".composer");
  const field = composer.elements.text;
  const files = composer.elements.file;
  const chosen = composer.querySelector(".chat-file");
  const csrf = composer.elements.csrfmiddlewaretoken.value;
  const last = () => Number(document.getElementById("stream").dataset.last);
  const end = () => document.getElementById("keys");
  const nearEnd = () => end().getBoundingClientRect().bottom < window.innerHeight + 160;
  const toEnd = () => end().scrollIntoView({ block: "end" });
  const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "error" } }));

  // Only what is new or changed is put in, so that a screen reader hears new messages and nothing twice.
  async function refresh() {
    const follow = nearEnd();
    const answer = await fetch(chat.dataset.streamUrl, { credentials: "same-origin" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const stream = document.getElementById("stream");
    const news = fresh.getElementById("stream");
    // What was just sent stays as it is until the worker has taken it.
    if (document.getElementById("sending") && Number(news.dataset.last) === last()) return;
    stream.querySelectorAll(".sending, .typing").forEach((piece) => piece.remove());
    if (!stream.querySelector("article")) stream.replaceChildren(...news.childNodes);
    else merge(stream, news);
    stream.dataset.last = news.dataset.last;
    hear(news.dataset);
    const keys = document.getElementById("keys");
    const wanted = fresh.getElementById("keys");
    if (keys.textContent.trim() !== wanted.textContent.trim()) keys.replaceChildren(...wanted.childNodes);
    keys.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = csrf; });
    if (follow) toEnd();
  }
  // Whoever writes for the first time has no conversation when the page opens: as soon as there is one, it is live.
  function hear({ heard, liveUrl, liveTokenUrl, liveTicket, liveSince }) {
    if (!heard || log.hasAttribute("data-live")) return;
    log.dataset.live = heard;
    Object.assign(document.body.dataset, { liveUrl, liveTokenUrl, liveTicket, liveSince });
    document.dispatchEvent(new CustomEvent("live:begin"));
  }
  function merge(stream, news) {
    const foot = document.getElementById("newest");
    const kept = new Set([...news.querySelectorAll("article")].map((piece) => piece.id));
    stream.querySelectorAll("article").forEach((piece) => { if (!kept.has(piece.id)) piece.remove(); });
    for (const piece of [...news.children]) {
      if (piece.id === "newest") continue;
      if (piece.matches(".day")) {
        const known = [...stream.querySelectorAll(".day")].some((day) => day.textContent === piece.textContent);
        if (!known) foot.before(piece);
        continue;
      }
      const old = document.getElementById(piece.id);
      if (!old) foot.before(piece);
      else if (old.textContent !== piece.textContent) old.replaceWith(piece);
    }
  }

  // The answer comes when it comes: the live stream tells; until it does (or where it cannot), ask now and then.
  let patience = [];
  let timer = 0;
  function expect() {
    patience = [250, 400, 700, 1200, 2000, 3500, 6000, 10000];
    soon();
  }
  function soon() {
    clearTimeout(timer);
    const live = log.hasAttribute("data-live") && document.body.dataset.liveUrl && !document.body.hasAttribute("data-offline");
    const pause = patience.shift() ?? (live ? 0 : 8000);
    if (pause) timer = setTimeout(look, pause);
  }
  async function look() {
    const before = last();
    if (!document.hidden) await refresh().catch(() => {});
    const stream = document.getElementById("stream");
    const answered = last() > before && !stream.querySelector("article:last-of-type.out");
    if (answered) patience = [];
    else if (patience.length && stream.querySelector("article.out:last-of-type")) typing();
    soon();
  }
  function typing() {
    const stream = document.getElementById("stream");
    if (stream.querySelector(".typing")) return;
    const dots = Object.assign(document.createElement("div"), { className: "say in typing" });
    dots.setAttribute("aria-hidden", "true");
    dots.append(document.createElement("i"), document.createElement("i"), document.createElement("i"));
    document.getElementById("newest").before(dots);
  }

  // What was just written stands in the stream at once, marked as on its way.
  function sketch(text) {
    const stream = document.getElementById("stream");
    stream.querySelector(".chat-start")?.remove();
    const piece = Object.assign(document.createElement("article"), { className: "say out sending", id: "sending" });
    const words = Object.assign(document.createElement("div"), { className: "say-text", textContent: text, dir: "auto" });
    const meta = Object.assign(document.createElement("div"), { className: "say-meta", textContent: chat.dataset.waiting });
    piece.append(words, meta);
    document.getElementById("newest").before(piece);
    toEnd();
  }

  async function stored(file) {
    const form = new FormData();
    form.append("file", file);
    const answer = await fetch(chat.dataset.uploadUrl, {
      method: "POST", body: form, headers: { "X-CSRFToken": csrf }, credentials: "same-origin",
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || chat.dataset.failed);
    return said;
  }

  // The id is made once a message: sent again after a broken connection, it is still one message.
  async function send(message) {
    const body = JSON.stringify({ lang: document.documentElement.lang.slice(0, 2), ...message });
    for (const pause of [0, 800, 2500]) {
      if (pause) await new Promise((done) => setTimeout(done, pause));
      const headers = { "Content-Type": "application/json", "X-Kesher-Visitor": chat.dataset.visitor };
      const answer = await fetch(chat.dataset.lane, { method: "POST", body, headers, credentials: "omit" }).catch(() => null);
      if (answer?.ok) return true;
      if (answer && answer.status < 500) return false;
    }
    return false;
  }

  const release = (form) => {
    form.removeAttribute("data-sent");
    document.body.removeAttribute("data-busy");
  };
  let sending = false;
  chat.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-chat]")) return;
    event.preventDefault();
    if (sending) return release(form);
    const choice = event.submitter?.name === "choice" ? event.submitter.value : "";
    const file = choice ? null : files.files[0];
    const text = choice ? event.submitter.textContent.trim() : field.value.trim();
    if (!text && !file) return release(form);
    sending = true;
    sketch(text || file.name);
    try {
      const message = { id: crypto.randomUUID?.() ?? `m${Date.now()}${Math.random().toString(36).slice(2, 12)}`, text };
      if (choice) message.choice_id = choice;
      if (file) message.attachment = await stored(file);
      if (!(await send(message))) throw new Error(chat.dataset.failed);
      if (!choice) {
        composer.reset();
        picked();
      } else document.getElementById("keys").replaceChildren();
      expect();
    } catch (error) {
      document.getElementById("sending")?.remove();
      say(error.message);
    }
    sending = false;
    release(form);
    field.focus({ preventScroll: true });
  });

  function picked() {
    const file = files.files[0];
    chosen.hidden = !file;
    chosen.textContent = file ? `${file.name} · ${(file.size / 1e6).toFixed(1)} MB` : "";
    const most = Number(files.parentElement.dataset.max);
    if (file && file.size > most * 1e6) {
      say((document.getElementById("ui-words")?.dataset.tooBig ?? "").replace("{mb}", most));
      files.value = "";
      picked();
    }
  }
  files.addEventListener("change", picked);
  // A picture that arrives makes the stream longer: whoever was at its end stays there.
  let following = true;
  window.addEventListener("scroll", () => { following = nearEnd(); }, { passive: true });
  log.addEventListener("load", (event) => { if (event.target instanceof HTMLImageElement && following) toEnd(); }, true);
  log.addEventListener("live", () => refresh().catch(() => {}));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh().catch(() => {}); });
  if (!log.hasAttribute("data-live")) soon();
  if (chat.querySelector("article")) toEnd();
})();
