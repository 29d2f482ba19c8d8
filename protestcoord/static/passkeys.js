// Lets an organizer use a passkey: asks the server for a challenge and the device for its answer,
// and sends that with the form around the button. Without it a page offers the app's code.

"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

  const textOf = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  // Browsers read and write the JSON themselves since 2025; older ones are helped.
  const withBytes = (list) => (list || []).map((one) => ({ ...one, id: bytesOf(one.id) }));

  function creationOptions(json) {
    if (PublicKeyCredential.parseCreationOptionsFromJSON) {
      return PublicKeyCredential.parseCreationOptionsFromJSON(json);
    }
    return {
      ...json,
      challenge: bytesOf(json.challenge),
      user: { ...json.user, id: bytesOf(json.user.id) },
      excludeCredentials: withBytes(json.excludeCredentials),
    };
  }

  function requestOptions(json) {
    if (PublicKeyCredential.parseRequestOptionsFromJSON) {
      return PublicKeyCredential.parseRequestOptionsFromJSON(json);
    }
    return {
      ...json,
      challenge: bytesOf(json.challenge),
      allowCredentials: withBytes(json.allowCredentials),
    };
  }

  // Only what the server checks: nothing about the device is sent.
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature"];

  function answerOf(credential) {
    const parts = PARTS.filter((name) => credential.response[name]);
    const response = Object.fromEntries(
      parts.map((name) => [name, textOf(credential.response[name])]));
    return { id: credential.id, rawId: credential.id, type: credential.type, response };
  }

  async function optionsFor(button) {
    const token = button.form.elements.csrf_token.value;
    const answer = await fetch(button.dataset.challenge, {
      method: "POST",
      body: new URLSearchParams({ csrf_token: token }),
    });
    if (answer.redirected) {
      // The session ended, or is not fresh any more: the page itself says how to go on.
      location.reload();
      return null;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    return JSON.parse(await answer.text());
  }

  const askDevice = {
    create: (json) => navigator.credentials.create({ publicKey: creationOptions(json) }),
    get: (json) => navigator.credentials.get({ publicKey: requestOptions(json) }),
  };

  function problemOf(button, error) {
    if (error.name === "InvalidStateError") return button.dataset.known;
    const isOurs = error instanceof DOMException; // else the server could not be asked
    return isOurs ? button.dataset.failed : button.dataset.offline;
  }

  // The code is what the passkey stands for, so it may stay empty.
  const isFilledIn = (form) =>
    [...form.elements].every((field) => field.name === "code" || field.reportValidity());

  async function press(button) {
    const problem = button.form.querySelector("[data-passkey-problem]");
    problem.textContent = "";
    if (!isFilledIn(button.form)) return;
    button.disabled = true;
    try {
      const json = await optionsFor(button);
      if (!json) return;
      const credential = await askDevice[button.dataset.passkey](json);
      button.form.elements.credential.value = JSON.stringify(answerOf(credential));
      button.form.submit();
    } catch (error) {
      problem.textContent = problemOf(button, error);
    } finally {
      button.disabled = false;
    }
  }

  document.querySelectorAll("[data-passkey-missing]").forEach((note) => { note.hidden = true; });
  document.querySelectorAll("[data-passkey]").forEach((button) => {
    button.hidden = false;
    if (!document.querySelector("[autofocus]")) button.focus();
    button.addEventListener("click", () => press(button));
    if (button.form.querySelector("[type=submit]")) return;
    button.form.addEventListener("submit", (event) => { // the Enter key
      event.preventDefault();
      press(button);
    });
  });
})();
