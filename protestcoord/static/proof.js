// Lets a worker prove that a browser took some trouble, and shows how far it is.
// Without it a form is sent all the same; somebody then looks at it first.
"use strict";
const SHORTEST_MS = 3200;
const LONGEST_MS = 8 * 60 * 1000;
// The one policy that the pages allow: our own worker, and no other script, from an address.
const proofs = window.trustedTypes?.createPolicy("proof", {
  createScriptURL: (url) => {
    if (new URL(url, location).origin !== location.origin) throw new TypeError(url);
    return url;
  },
});

for (const box of document.querySelectorAll("[data-proof]")) {
  const form = box.closest("form");
  const bar = box.querySelector("progress");
  const said = box.querySelector("[data-said]");
  const asking = said.textContent;
  let since = performance.now();
  let solved = false;
  let waiting = null;

  const ready = () => {
    solved = true;
    bar.value = bar.max;
    said.textContent = box.dataset.done;
    if (waiting) setTimeout(() => form.requestSubmit(waiting.button), wait());
  };
  const wait = () => Math.max(0, SHORTEST_MS - (performance.now() - since));

  const work = () => {
    solved = false;
    said.textContent = asking;
    bar.max = 2 ** Number(box.dataset.bits);
    bar.value = 0;
    const address = box.dataset.worker;
    const worker = new Worker(proofs ? proofs.createScriptURL(address) : address);
    const end = () => { worker.terminate(); ready(); };
    worker.onerror = end;
    worker.onmessage = ({ data }) => {
      if (!("found" in data)) { bar.value = Math.min(data.tried, bar.max * 0.95); return; }
      form.elements.pow_solution.value = data.found;
      end();
    };
    worker.postMessage({ text: form.elements.pow_challenge.value, bits: Number(box.dataset.bits) });
  };

  // Who took long to write gets a fresh challenge from the page itself, and loses nothing.
  const renew = async () => {
    since = performance.now();
    try {
      const text = await (await fetch(location.href, { credentials: "omit" })).text();
      // A page that was made into a document would be markup from text, which no page may make.
      form.elements.pow_challenge.value = /name="pow_challenge" value="([^"]+)"/.exec(text)[1];
      box.dataset.bits = /data-bits="(\d+)"/.exec(text)[1];
      work();
    } catch {
      ready();
    }
  };

  form.addEventListener("submit", (event) => {
    const late = performance.now() - since > LONGEST_MS;
    if (solved && !late && wait() === 0) return;
    event.preventDefault();
    if (waiting && !late) return;
    waiting = { button: event.submitter };
    if (late) renew();
    else if (solved) ready();
  });

  box.querySelector("[data-shown]").hidden = false;
  work();
}
