// Everything in my name: the page is there at once, and each source's section comes when that source has answered.
//
//   <div data-records="/records/stream/" data-records-ticket data-records-ticket-url>
//   <a data-again="fines">        asks that source once more, without leaving the page
//
// Without this script one GET of /records/all/ shows the same.
(() => {
  "use strict";
  const page = document.querySelector(".records-page");
  if (!page) return;

  const print = page.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  if (!("EventSource" in window)) {
    const whole = page.querySelector("noscript");
    if (whole && page.dataset.records) location.replace("/records/all/" + location.search);
    return;
  }

  const words = page.querySelector("#progress > span");
  const summary = page.querySelector("#summary");
  const sections = [...page.querySelectorAll(".record-source")].map((one) => one.id);
  let source = null;
  let tries = 0;

  const say = (text) => { if (words && text) words.textContent = text; };

  function put(id, html) {
    const old = document.getElementById(id);
    if (!old) return;
    const held = old.contains(document.activeElement);
    const box = document.createElement("template");
    box.innerHTML = html;
    old.replaceWith(box.content);
    if (held) document.querySelector(`#${CSS.escape(id)} a, #${CSS.escape(id)} h2`)?.focus();
  }

  function stop() {
    source?.close();
    source = null;
  }

  function listen(ticket) {
    stop();
    const answered = new Set();
    const url = new URL("/records/stream/", location.href);
    url.searchParams.set("ticket", ticket);
    source = new EventSource(url);
    source.addEventListener("section", (message) => {
      const event = JSON.parse(message.data);
      put(`src-${event.code}`, event.html);
      if (event.final) answered.add(event.code);
      say(words?.dataset.asking?.replace("{answered}", answered.size).replace("{all}", sections.length));
    });
    source.addEventListener("end", (message) => {
      stop();
      tries = 0;
      summary.innerHTML = JSON.parse(message.data).html;
      page.removeAttribute("data-asking");
      say(words?.dataset.done);
    });
    // A stream is not taken up where it broke: the sources' answers are kept, so a new one is quick.
    source.onerror = () => {
      stop();
      tries += 1;
      if (tries < 3) setTimeout(renew, 800 * tries);
      else say(words?.dataset.broken);
    };
  }

  async function renew(again = "") {
    try {
      const url = new URL(page.dataset.recordsTicketUrl, location.href);
      if (again) url.searchParams.set("again", again);
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      listen((await answer.json()).ticket);
    } catch {
      say(words?.dataset.broken);
    }
  }

  page.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-again]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const section = document.getElementById(`src-${link.dataset.again}`);
    section?.setAttribute("aria-busy", "true");
    section?.scrollIntoView({ block: "nearest" });
    renew(link.dataset.again);
  });
  window.addEventListener("pagehide", stop);
  if (page.dataset.recordsTicket) listen(page.dataset.recordsTicket);
})();
