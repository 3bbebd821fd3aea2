{% autoescape off %}// Without a network, show the page for that; keep static files only, and no page of a person.
"use strict";
const CACHE = "kesher-{{ version }}";
const PAGE = "{{ page }}";
const ASSETS = [{% for url in assets %}"{{ url }}", {% endfor %}];

self.addEventListener("install", (event) => {
  // Without cookies: what is stored is nobody's page, and uses up no message that waits for this visitor.
  const asked = [PAGE, ...ASSETS].map((url) => new Request(url, { credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(asked)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("kesher-") && name !== CACHE);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).pathname.startsWith("/desk/")) return; // staff have no such page
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE, { ignoreVary: true })));
  } else if (request.method === "GET" && ASSETS.includes(request.url.replace(self.location.origin, ""))) {
    event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreVary: true })));
  }
});
{% endautoescape %}
