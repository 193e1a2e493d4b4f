// @ts-check
// Charts: the map and the strip are drawn here, lines and dots by Vega-Lite.

// Charts.

/**
 * Name what is pointed at: above a point of the screen, within its box.
 * @param {any} tip @param {string} words @param {DOMRect} box @param {number} x the middle @param {number} y the lower edge
 */
function showTip(tip, words, box, x, y) {
  tip.textContent = words;
  tip.hidden = false;
  tip.style.left = `${Math.max(0, Math.min(x - box.left - tip.offsetWidth / 2, box.width - tip.offsetWidth))}px`;
  tip.style.top = `${y - box.top - tip.offsetHeight}px`;
}

/**
 * Marks that are named under the pointer and read by the arrow keys: one stop of the Tab key, Enter chooses.
 * @param {any} svg @param {{node: any, place: number, words: string}[]} marks
 * @param {(now: number, key: string) => number|undefined} move
 */
function explored(svg, marks, move) {
  const tip = h("p", { className: "tip", hidden: true, "aria-hidden": "true" });
  const box = h("div", { className: "pictures", id: "chart" }, svg, tip);
  let now = Math.max(0, marks.findIndex((mark) => chosen().includes(mark.place)));
  const point = (/** @type {number} */ at, /** @type {boolean} */ focused) => {
    const mark = marks[at];
    const [inner, outer] = [mark.node.getBoundingClientRect(), box.getBoundingClientRect()];
    showTip(tip, mark.words, outer, inner.left + inner.width / 2, inner.top - 6);
    if (focused) svg.setAttribute("aria-activedescendant", mark.node.id);
    svg.querySelector(".pointed")?.classList.remove("pointed");
    if (focused) mark.node.classList.add("pointed");
  };
  const leave = () => {
    tip.hidden = true;
    svg.querySelector(".pointed")?.classList.remove("pointed");
  };
  marks.forEach((mark, at) => {
    mark.node.id = `mark-${at}`;
    mark.node.setAttribute("role", "option");
    mark.node.setAttribute("aria-label", mark.words);
    mark.node.setAttribute("aria-selected", String(chosen().includes(mark.place)));
  });
  /** The mark under the pointer. @param {any} event */
  const under = (event) => marks.findIndex(({ node }) => node.contains(event.target));
  svg.addEventListener("pointerover", (/** @type {any} */ event) => (under(event) < 0 ? leave() : point(under(event), false)));
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("click", (/** @type {any} */ event) => under(event) >= 0 && toggle(marks[under(event)].place));
  svg.setAttribute("role", "listbox");
  svg.setAttribute("aria-multiselectable", "true");
  svg.setAttribute("tabindex", "0");
  svg.id = "marks";
  svg.addEventListener("focus", () => svg.matches(":focus-visible") && point(now, true));
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (/** @type {any} */ event) => {
    if (event.key === "Enter" || event.key === " ") toggle(marks[now].place);
    else if (event.key === "Escape") leave();
    else {
      const next = move(now, event.key);
      if (next === undefined) return;
      now = Math.max(0, Math.min(marks.length - 1, next));
      point(now, true);
    }
    event.preventDefault();
  });
  return box;
}

/** @param {League} found @param {number} place */
function markWords(found, place) {
  const { measure, period, values } = found;
  const name = AREAS[place].name;
  if (values[place] === null) return `${name}: no figure, ${reason(measure.id, period, place)}`;
  const noRank = doubt(measure.id, period, place);
  return `${name}: ${say(values[place], measure)}, ${noRank ? `no rank given: ${noRank}` : standing(found, place)}`;
}

/** The map: a square an authority, darker where the value is higher. @param {League} found */
function tileMap(found) {
  const tiles = AREAS.flatMap((area, place) => (area.tile && area.level === "authority" ? [{ area, place, x: area.tile[0], y: area.tile[1] }] : []));
  if (!tiles.length) return null;
  const [right, bottom] = [Math.max(...tiles.map((one) => one.x)), Math.max(...tiles.map((one) => one.y))];
  const [left, top] = [Math.min(...tiles.map((one) => one.x)), Math.min(...tiles.map((one) => one.y))];
  const side = 28;
  const at = new Map(tiles.map((one) => [`${one.x},${one.y}`, one]));
  const picked = chosen();
  const marks = tiles.map(({ area, place, x, y }) => {
    const shade = fifth(found, place);
    const label = area.label ?? area.name.replace(/^(North|South|East|West) /, (word) => word[0]).slice(0, 4);
    const node = h("g", { class: `tile${shade < 0 ? " none" : ""}${picked.includes(place) ? " picked" : ""}`, transform: `translate(${(x - left) * side} ${(y - top) * side})` },
      h("rect", { x: 0.7, y: 0.7, width: side - 1.4, height: side - 1.4, fill: shade < 0 ? "#fff" : SHADES[shade],
        ...(shade < 0 ? { stroke: "#767676", "stroke-dasharray": "3 2" } : {}),
        ...(picked.includes(place) ? { stroke: "#d4351c", "stroke-width": 3 } : {}) }));
    const letters = h("text", { x: (x - left + 0.5) * side, y: (y - top + 0.5) * side + 3.5, "text-anchor": "middle", "font-size": 10.5, fill: shade < 0 ? "#0b0c0c" : LETTERS[shade] }, label);
    return { node, letters, place, words: markWords(found, place), x, y };
  });
  const edges = tiles.flatMap(({ area, x, y }) => [[1, 0], [0, 1]].flatMap(([across, down]) => {
    const other = at.get(`${x + across},${y + down}`);
    if (!other || other.area.region === area.region) return [];
    const [x1, y1] = [(x + across - left) * side, (y + down - top) * side];
    return [h("line", { x1, y1, x2: across ? x1 : x1 + side, y2: across ? y1 + side : y1, stroke: "#0b0c0c", "stroke-width": 1.4 })];
  }));
  const order = picked.flatMap((place) => marks.filter((mark) => mark.place === place));
  const svg = h("svg", { viewBox: `-2 -2 ${(right - left + 1) * side + 4} ${(bottom - top + 1) * side + 4}`, class: "map", style: `max-width: min(31rem, ${(right - left + 1) * 48}px)`, "aria-label": `Map of England, a square for each authority: ${found.measure.words}, ${when(found.measure, found.period)}` },
    marks.filter((mark) => !picked.includes(mark.place)).map((mark) => mark.node), h("g", { "aria-hidden": "true" }, edges), order.map((mark) => mark.node),
    h("g", { "aria-hidden": "true", class: "letters" }, marks.map((mark) => mark.letters)));
  const move = (/** @type {number} */ now, /** @type {string} */ key) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (!step) return { Home: 0, End: marks.length - 1 }[key];
    for (let far = 1; far < 22; far += 1) {
      const next = marks.findIndex((mark) => mark.x === marks[now].x + step[0] * far && mark.y === marks[now].y + step[1] * far);
      if (next >= 0) return next;
    }
    return now;
  };
  return explored(svg, marks, move);
}

/** What the shades mean. @param {League} found */
function mapKey(found) {
  const classes = SHADES.map((shade, number) => {
    const inside = found.order.filter((place) => fifth(found, place) === number).map((place) => /** @type {number} */ (found.values[place]));
    if (!inside.length) return null;
    const [low, high] = [say(inside[0], found.measure), say(/** @type {number} */ (inside.at(-1)), found.measure)];
    const end = number === 0 ? " (lowest)" : number === 4 ? " (highest)" : "";
    return h("li", {}, h("span", { className: "swatch", style: `background: ${shade}` }), low === high ? low + end : `${low} to ${high}${end}`);
  });
  const none = found.order.length < AREAS.filter((area) => area.tile).length
    ? h("li", {}, h("span", { className: "swatch none" }), "no figure") : null;
  return h("ul", { className: "legend", "aria-label": "Shades: a fifth of the authorities each" }, classes, none);
}

/** The strip: a dot an authority along one line. @param {League} found */
function strip(found) {
  const { measure, values, order } = found;
  if (!order.length) return null;
  const width = Math.min(960, Math.max(300, find("view").clientWidth - 4));
  const value = (/** @type {number} */ place) => /** @type {number} */ (values[place]);
  const [low, high] = [value(order[0]), value(/** @type {number} */ (order.at(-1)))];
  const scale = (/** @type {number} */ one) => 8 + ((one - low) / (high - low || 1)) * (width - 16);
  const radius = width < 500 ? 3.2 : 4.5;
  /** @type {number[]} */
  const stacks = [];
  const dots = order.map((place) => {
    const bin = Math.floor(scale(value(place)) / (radius * 2));
    stacks[bin] = (stacks[bin] ?? 0) + 1;
    return { place, x: scale(value(place)), level: stacks[bin] };
  });
  const tall = Math.max(...stacks.filter(Boolean));
  const step = Math.min(radius * 2, 170 / tall);
  const picked = chosen().filter((place) => values[place] !== null && AREAS[place].level === "authority");
  const top = 8 + picked.length * 18;
  const floor = top + tall * step + 10;
  const marks = dots.map(({ place, x, level }) => {
    const on = picked.indexOf(place);
    const y = floor - level * step;
    const node = on < 0 ? h("circle", { cx: x, cy: y, r: radius - 0.4, fill: "#9aa3ab" })
      : h("g", {}, h("line", { x1: x, x2: x, y1: 18 + on * 18, y2: y, stroke: COLOURS[on], "stroke-width": 1.2 }), h("circle", { cx: x, cy: y, r: radius + 2, fill: COLOURS[on], stroke: "#fff" }));
    return { node, place, words: markWords(found, place) };
  });
  const label = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ words, /** @type {any} */ more = {}) => {
    const anchor = x < width * 0.35 ? "start" : x > width * 0.65 ? "end" : "middle";
    return h("text", { x: anchor === "start" ? x + 5 : anchor === "end" ? Math.min(width - 2, x - 5) : x, y, "text-anchor": anchor, "font-size": 13, fill: "#0b0c0c", "aria-hidden": "true", ...more }, words);
  };
  const names = picked.map((place, on) => label(scale(value(place)), 14 + on * 18, `${AREAS[place].name} ${say(values[place], measure)}`, { fill: COLOURS[on], "font-weight": 600 }));
  const england = values[ENGLAND];
  // The lower of England and the median is named to the left of its line, so that the names do not meet.
  const middles = /** @type {[string, number|null][]} */ ([["England", england], ["Median", found.median]])
    .flatMap(([words, one]) => (one === null || one < low || one > high ? [] : [{ words, one }])).sort((a, b) => a.one - b.one);
  const lines = middles.flatMap(({ words, one }, number) => {
    const x = scale(one);
    const left = number === 0 && middles.length > 1 && x > 150;
    const y = floor + 18 + (number === 0 || scale(middles[0].one) > 150 ? 0 : 16);
    return [h("line", { x1: x, x2: x, y1: top, y2: y - 12, stroke: "#0b0c0c", "stroke-width": 1, "stroke-dasharray": words === "Median" ? "3 3" : "none", "aria-hidden": "true" }),
      label(x, y, `${words} ${say(one, measure)}`, left ? { "text-anchor": "end", x: x - 5 } : x < width * 0.65 ? { "text-anchor": "start", x: x + 5 } : {})];
  });
  const ends = floor + 50;
  const endName = (/** @type {number} */ place) => {
    const equal = order.filter((other) => values[other] === values[place]).length;
    return equal > 1 ? `${equal} authorities` : AREAS[place].name;
  };
  const first = endName(order[0]);
  const last = endName(/** @type {number} */ (order.at(-1)));
  const below = width < 500 ? 17 : 0; // the two ends one under the other
  const svg = h("svg", { viewBox: `0 0 ${width} ${ends + below + 10}`, "aria-label": `Each authority as a dot from the lowest to the highest: ${measure.words}, ${when(measure, found.period)}` },
    h("line", { x1: 4, x2: width - 4, y1: floor, y2: floor, stroke: "#7a7f84" }), lines, marks.filter((mark) => !picked.includes(mark.place)).map((mark) => mark.node),
    marks.filter((mark) => picked.includes(mark.place)).map((mark) => mark.node), names,
    label(0, ends, `Lowest: ${first} ${say(low, measure)}`, { fill: "#3d3d3d" }), label(width, ends + below, `Highest: ${last} ${say(high, measure)}`, { fill: "#3d3d3d" }));
  return explored(svg, marks, (now, key) =>
    ({ ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: 0, End: marks.length - 1 })[key]);
}

/** @type {Promise<any>|undefined} */
let library;

/** The charting library, unpacked when a view first needs it. */
function charts() {
  // Letters are measured before they are drawn: the face must be there.
  const faces = [400, 600].map((weight) => document.fonts.load(`${weight} 14px "Pack Sans"`));
  library ??= Promise.all([unpack("hnf-charts"), ...faces]).then(([text]) => {
    document.head.append(h("script", {}, /** @type {string} */ (text)));
    return /** @type {any} */ (window).vegaEmbed;
  });
  return library;
}

/** When what is shown was asked for. */
let asked = 0;

/** Note how long it took until a picture was on the screen, for whoever measures the page. @param {string} name */
function pictured(name) {
  const start = asked;
  requestAnimationFrame(() => setTimeout(() => performance.measure(name, { start })));
}

/** The number of the latest drawing: an older one that ends later is thrown away. */
let drawing = 0;

/**
 * Draw a chart with Vega-Lite into a box that is returned at once.
 * @param {any} spec @param {string} words what it is, for a reader who cannot see it @param {number} [height] @param {string} [id]
 */
function drawn(spec, words, height = 380, id = "chart") {
  const place = h("div", { className: "drawn", style: `min-height: ${height}px` });
  const tip = h("p", { className: "tip", hidden: true, "aria-hidden": "true" });
  const box = h("div", { className: "pictures", id }, place, tip);
  const mine = (drawing += 1);
  const width = Math.max(260, find("view").clientWidth - 8);
  const whole = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: Math.min(width, 960), height,
    autosize: { type: "fit", contains: "padding" }, background: "#fff", padding: 4, description: words,
    config: {
      font: "Pack Sans", view: { stroke: null },
      axis: { labelFontSize: 13, titleFontSize: 13, titleFontWeight: 400, labelColor: "#3d3d3d", titleColor: "#3d3d3d", gridColor: "#e3e6e8", domainColor: "#7a7f84", tickColor: "#7a7f84", labelFlush: true },
      text: { fontSize: 13 }, aria: true,
    },
    ...spec,
  };
  const tooltip = (/** @type {any} */ _, /** @type {any} */ event, /** @type {any} */ __, /** @type {any} */ value) => {
    tip.hidden = true;
    if (!value) return;
    const words = typeof value === "string" ? value : Object.values(value).join(", ");
    showTip(tip, words, box.getBoundingClientRect(), event.clientX, event.clientY - 10);
  };
  charts()
    .then((embed) => (mine === drawing ? embed(place, whole, { ast: true, renderer: "svg", actions: false, tooltip }) : null))
    .then((made) => {
      if (!made) return;
      const svg = place.querySelector("svg");
      place.removeAttribute("role");
      for (const node of svg.querySelectorAll("[role], [aria-label], [aria-roledescription]")) {
        for (const name of ["role", "aria-label", "aria-roledescription"]) node.removeAttribute(name);
      }
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${words}. The table has its figures.`);
      box.dataset.drawn = "1";
      pictured("hnf-drawn");
    });
  return box;
}

