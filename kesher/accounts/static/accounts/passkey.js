/* Passkeys: gives the server's question to the device and posts its answer in the form's own field. Without this script,
   or in a browser that knows no passkeys, these forms stay hidden and the code is the way in. */
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  /* The server writes bytes as base64url (WebAuthn Level 3, 5.1.8 and 5.1.9 turn them back; not yet in every browser). */
  const question = (given) => {
    const asked = {...given, challenge: bytes(given.challenge)};
    if (given.user) asked.user = {...given.user, id: bytes(given.user.id)};
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (given[list]) asked[list] = given[list].map((key) => ({...key, id: bytes(key.id)}));
    }
    return asked;
  };

  const answer = (key) => {
    const from = key.response, response = {clientDataJSON: text(from.clientDataJSON)};
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (from[part]) response[part] = text(from[part]);
    }
    if (from.getTransports) response.transports = from.getTransports();
    return {
      id: key.id, rawId: text(key.rawId), type: key.type, response,
      authenticatorAttachment: key.authenticatorAttachment, clientExtensionResults: key.getClientExtensionResults(),
    };
  };

  const options = async (form) => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const body = new FormData(form);
    const reply = await fetch(form.dataset.optionsUrl, {method: "POST", body, credentials: "same-origin"});
    if (!reply.ok) throw new Error(String(reply.status));
    return reply.json();
  };

  const begin = async (form) => {
    const fault = form.querySelector("[data-fault]");
    fault.hidden = true;
    try {
      const publicKey = question((await options(form)).publicKey);
      const key = await navigator.credentials[form.dataset.passkey]({publicKey});
      form.elements.credential.value = JSON.stringify(answer(key));
      form.submit();
    } catch {
      fault.hidden = false;  /* refused, timed out, or a device of somebody else */
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(form);
    });
  }
  for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = true;
})();
