// Live pages: one event stream a page. An event says only *what* changed; the piece of the page fetches itself anew.
//
//   <body data-live-url data-live-token-url data-live-ticket data-live-since>
//   <section data-live="conversation:12" hx-get="…" hx-trigger="live">       one stream, or several apart by spaces
//   <div hx-trigger="live:inbox from:body" …>                                 the same, for a piece elsewhere
//
// An EventSource reconnects by itself to its old address, whose ticket may have ended, and a refused one never tries
// again: so every error closes it, a fresh ticket is fetched, and a new one asks for what came since the last event.
(() => {
  "use strict";
  const body = document.body;
  if (!("EventSource" in window)) return;

  const LONGEST = 30_000;
  let source = null;
  let open = "";
  let ticket = body.dataset.liveTicket || "";
  let fresh = Boolean(ticket); // the page's own ticket serves once; after that a new one is fetched
  let turn = 0; // a late answer to an earlier question is dropped
  let last = body.dataset.liveSince || "";
  let pause = 500;
  let timer = 0;
  let pending = new Set();

  const wanted = () => {
    const names = [...document.querySelectorAll("[data-live]")].flatMap((element) => element.dataset.live.split(/\s+/));
    return [...new Set(names.filter(Boolean))].sort().join(",");
  };

  function address(base) {
    const url = new URL(base, location.href);
    url.searchParams.set("streams", open);
    if (ticket) url.searchParams.set("ticket", ticket);
    if (last) url.searchParams.set("since", last);
    return url;
  }

  function tell(stream, ref) {
    body.dispatchEvent(new CustomEvent(`live:${stream}`, { detail: { stream, ref } }));
    // It does not bubble: a live piece inside a live piece must not wake the outer one.
    const hear = (element) => element.dispatchEvent(new CustomEvent("live", { detail: { stream, ref } }));
    document.querySelectorAll("[data-live]").forEach((element) => {
      if (element.dataset.live.split(/\s+/).includes(stream)) hear(element);
    });
  }

  // Ten messages in a burst are one fetch.
  function gather(stream, ref) {
    if (!pending.size) {
      setTimeout(() => {
        const now = pending;
        pending = new Set();
        now.forEach((name) => tell(name, ref));
      }, 120);
    }
    pending.add(stream);
  }

  function listen() {
    source = new EventSource(address(body.dataset.liveUrl));
    source.onopen = () => {
      pause = 500;
      body.removeAttribute("data-offline");
    };
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      last = String(event.id ?? message.lastEventId ?? last);
      gather(event.stream, event.ref);
    };
    // Too much was missed to be told one by one: fetch all of it.
    source.addEventListener("resync", (message) => {
      last = String(JSON.parse(message.data || "{}").id ?? message.lastEventId ?? last);
      open.split(",").forEach((stream) => gather(stream, ""));
    });
    source.onerror = () => later();
  }

  function stop() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function later() {
    stop();
    body.setAttribute("data-offline", ""); // the style sheet waits a moment before it says so
    timer = setTimeout(renew, pause * (0.75 + Math.random() / 2)); // not everybody at once after a restart
    pause = Math.min(pause * 2, LONGEST);
  }

  async function renew() {
    stop();
    if (!open) return;
    const token = body.dataset.liveTokenUrl;
    if (!token || fresh) {
      fresh = false;
      return listen();
    }
    const mine = (turn += 1);
    try {
      const answer = await fetch(address(token), { headers: { Accept: "application/json" } });
      if (mine !== turn) return;
      if (answer.status === 401 || answer.status === 403) return; // no longer ours to hear: the next page load decides
      if (!answer.ok) return later();
      ({ ticket } = await answer.json());
      if (mine === turn) listen();
    } catch {
      if (mine === turn) later();
    }
  }

  // The page may come to show another conversation: then it hears another stream, with the ticket that came with it.
  function follow() {
    const now = wanted();
    if (now === open || !body.dataset.liveUrl) return;
    const came = document.querySelector("main [data-live-ticket]")?.dataset.liveTicket;
    if (came && came !== ticket) [ticket, fresh] = [came, true];
    open = now;
    renew();
  }

  window.addEventListener("online", () => { if (!source) renew(); });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => { if (event.persisted) renew(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !source && open) renew(); });
  document.addEventListener("htmx:afterSettle", follow);
  // A page that was silent at first, and then was given what it needs to hear (see the web chat).
  document.addEventListener("live:begin", () => {
    ticket = body.dataset.liveTicket || "";
    fresh = Boolean(ticket);
    last = body.dataset.liveSince || "";
    follow();
  });
  follow();
})();
