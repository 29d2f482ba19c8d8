// What the world map shows of a site: the shape of its state, its name in words, a cluster's ring.
// Data becomes text nodes and attributes, never markup.

"use strict";

window.protestcoordMarks = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  // Each state has a shape of its own, so that nobody needs to tell the colours apart.
  const CHECK = "M7.6 12.4l3 3 5.8-6.4";
  const STAR = "M12 1.8l3 6.5 7.1.8-5.3 4.8 1.5 7L12 17.4l-6.3 3.5 1.5-7L1.9 9.1l7.1-.8z";
  const DIAMOND = "M12 2.2L21.8 12 12 21.8 2.2 12z";
  const HALF_DIAMOND = "M12 2.2V21.8L2.2 12z";
  const DISC = "M12 2.8a9.2 9.2 0 1 0 .01 0z";
  const SMALL_DISC = "M12 6a6 6 0 1 0 .01 0z";
  const RING = "M12 3.8a8.2 8.2 0 1 0 .01 0z";
  const SHAPES = {
    empty: [["map-halo", RING], ["map-hollow", RING]],
    offered: [["map-halo", DIAMOND], ["map-hollow", DIAMOND], ["map-solid", HALF_DIAMOND]],
    covered: [["map-halo", DISC], ["map-solid", DISC], ["map-check", CHECK]],
    full: [["map-halo", STAR], ["map-solid", STAR]],
  };
  // An area wears its state inside, wide and soft: a shape in its middle would be a point again.
  const WIDE_DISC = "M24 3a21 21 0 1 0 .01 0z";
  const WIDE_CHECK = "M15.5 25l5.5 5.5 11.5-12.5";
  const WIDE_STAR = "M24 12l3.7 8 8.7 1-6.5 5.9 1.8 8.6L24 31.2l-7.7 4.3 1.8-8.6L11.6 21l8.7-1z";
  const AREAS = {
    empty: [["map-rim", WIDE_DISC]],
    offered: [["map-rim", WIDE_DISC], ["map-half", "M24 3v42a21 21 0 0 1 0-42z"]],
    covered: [["map-rim", WIDE_DISC], ["map-wide-check", WIDE_CHECK]],
    full: [["map-rim", WIDE_DISC], ["map-solid", WIDE_STAR]],
  };
  const WAVES = [
    ["map-badge", "M12 1.5a10.5 10.5 0 1 0 .01 0z"],
    ["map-waves", "M8 16.5v.01M8 11a5 5 0 0 1 5 5M8 6.2a9.8 9.8 0 0 1 9.8 9.8"],
  ];
  const GLOBE = [
    ["map-line", "M12 3a9 9 0 1 0 .01 0zM12 3c-5 5-5 13 0 18c5-5 5-13 0-18M3.6 9h16.8M3.6 15h16.8"],
  ];

  const texts = {}; // in the page's language; map.js fills them in

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function drawing(className, paths, viewBox = "0 0 24 24") {
    const svg = document.createElementNS(SVG, "svg");
    const attributes = { class: className, viewBox, fill: "none", "aria-hidden": "true" };
    for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
    for (const [pathClass, d] of paths) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", pathClass);
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  }

  const shape = (state) => drawing(`map-shape map-${state}`, SHAPES[state]);
  const area = (state) => drawing(`map-disc map-${state}`, AREAS[state], "0 0 48 48");

  // Fills the %(name)s places of a translated text.
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (place, name) => values[name] ?? place);

  const isArea = (site) => site.precision !== "building";
  const isRemote = (site) => site.presence === "remote_only";
  const placeOf = (site) =>
    isArea(site) ? fill(texts.somewhere_in, { city: site.city }) : site.city;

  function labelOf(site) {
    const parts = [site.name, placeOf(site), texts[site.state]];
    if (isRemote(site)) parts.push(texts.remote_only);
    return parts.join(" · ");
  }

  // A mark that says in words what its shape says, to a pointer at rest and to a screen reader.
  // Its parts are made when it is shown: of ten thousand, a map shows a few dozen.
  const Mark = L.DivIcon.extend({
    createIcon(old) {
      const { label, parts } = this.options;
      const icon = L.DivIcon.prototype.createIcon.call(this, old);
      icon.setAttribute("aria-label", label);
      icon.title = label;
      icon.replaceChildren(element("span", "map-mark-inside", ...parts()));
      return icon;
    },
  });

  function mark(className, size, label, parts) {
    return new Mark({ className: `map-mark ${className}`, iconSize: [size, size], label, parts });
  }

  const badges = (site) => (isRemote(site) ? [drawing("map-remote", WAVES)] : []);

  function buildingMark(site) {
    return mark("map-building", 32, labelOf(site), () => [shape(site.state), ...badges(site)]);
  }

  // From afar a soft disc; from near a name, inside the circle that circleBeside draws.
  function areaMark(site) {
    const name = () => [shape(site.state), placeOf(site), ...badges(site)];
    const parts = () => [
      element("span", "map-afar", area(site.state), ...badges(site)),
      element("span", "map-near-by", ...name()),
    ];
    return mark("map-area", 48, labelOf(site), parts);
  }

  function ring(share) {
    const radius = 21;
    const svg = drawing("map-ring", [], "0 0 48 48");
    for (const [className, part] of [["map-track", 1], ["map-share", share]]) {
      const circle = document.createElementNS(SVG, "circle");
      const attributes = { class: className, cx: 24, cy: 24, r: radius, pathLength: 100 };
      for (const [name, value] of Object.entries(attributes)) circle.setAttribute(name, value);
      circle.setAttribute("stroke-dasharray", `${100 * part} 100`);
      if (part > 0) svg.append(circle);
    }
    return svg;
  }

  function clusterParts(count, covered, sign = "map-check") {
    const className = covered ? "map-covered" : "map-none";
    const path = sign === "map-check" ? CHECK : SMALL_DISC;
    const share = element("span", className, drawing("", [[sign, path]]), `${covered}`);
    return [ring(covered / count), element("span", "map-count", `${count}`, share)];
  }

  function sampleCluster() {
    const inside = element("span", "map-mark-inside", ...clusterParts(5, 2));
    return element("span", "map-cluster map-sample", inside);
  }

  return {
    texts, element, drawing, shape, area, fill, isArea, isRemote, placeOf, mark, buildingMark, areaMark,
    clusterParts, sampleCluster, WAVES, GLOBE,
  };
})();
