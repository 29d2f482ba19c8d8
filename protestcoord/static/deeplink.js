// What a reader has chosen on this page, kept in the part of the address behind "#": it can be sent
// to somebody, and never reaches a server.

"use strict";

window.protestcoordLink = (() => {
  const read = () => new URLSearchParams(location.hash.slice(1));

  /** Keep a value under a name; an empty one is forgotten. */
  function keep(name, value) {
    const chosen = read();
    if (value) chosen.set(name, value);
    else chosen.delete(name);
    const text = chosen.toString();
    if (text === read().toString()) return;
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  return { get: (name) => read().get(name) ?? "", keep };
})();
