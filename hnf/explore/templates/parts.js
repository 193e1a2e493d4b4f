// @ts-check
// Parts of the page: fields to choose with, tables, what is said with a view, files to save.

// Elements.

/**
 * Make an element; strings become text, never markup.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...(Node|string|null|undefined|(Node|string|null)[])} children
 * @returns {any}
 */
function h(tag, given = {}, ...children) {
  const svg = ["svg", "g", "rect", "text", "line", "circle"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && !svg && name !== "list" && name !== "form") /** @type {any} */ (made)[name] = value;
    else made.setAttribute(name, String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** @param {string} id @returns {any} */
const find = (id) => document.getElementById(id);

// Controls.

/**
 * A list to choose from, with its label.
 * @param {string} id @param {string} label @param {[string, string, string?][]} options value, words, group
 * @param {string} value @param {(value: string) => void} change
 */
function select(id, label, options, value, change) {
  const groups = new Map();
  for (const [key, words, group = ""] of options) {
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(h("option", { value: key, selected: key === value }, words));
  }
  const inside = [...groups].flatMap(([group, list]) => (group ? [h("optgroup", { label: group }, list)] : list));
  const box = h("select", { id, onchange: (/** @type {any} */ event) => change(event.target.value) }, inside);
  return h("div", { className: "field" }, h("label", { htmlFor: id }, label), box);
}

/** @param {string} id @param {string} label @param {boolean} checked @param {(on: boolean) => void} change */
function checkbox(id, label, checked, change) {
  const box = h("input", { type: "checkbox", id, checked, onchange: (/** @type {any} */ e) => change(e.target.checked) });
  return h("div", { className: "field check" }, box, h("label", { htmlFor: id }, label));
}

/** Measures to choose from, the most used first. @returns {[string, string, string?][]} */
function options() {
  const measures = [...MEASURES.values()].filter((one) => one.kind !== "rate_of_funding");
  const groups = [...new Set(measures.map((one) => one.group))];
  return [
    ...measures.filter((one) => one.main).map((one) => /** @type {[string, string, string]} */ ([one.id, one.words, `${one.group}: most used`])),
    ...groups.flatMap((group) => measures.filter((one) => !one.main && one.group === group)
      .map((one) => /** @type {[string, string, string]} */ ([one.id, one.words, group]))),
  ];
}

/**
 * Measure, what it is divided by, population, period, and since when the change is shown.
 * @param {string} prefix @param {string} label
 */
function pick(prefix, label) {
  const measure = levelOf(prefix);
  const period = periodOf(prefix);
  const base = measure.kind === "rate_of_funding" ? /** @type {string} */ (measure.part) : measure.id;
  const rates = ratesOf(base);
  const set = (/** @type {string} */ id) => {
    const { periods } = measureBy(id);
    // Whoever looks at the latest goes on to the latest; beside another measure, and in an earlier year, the years go together.
    const stays = state.view === "against" || period !== measure.periods.at(-1);
    const same = periods.find((one) => one.slice(0, 4) === period.slice(0, 4));
    go({ [`${prefix}measure`]: id, [`${prefix}period`]: (stays ? same : undefined) ?? /** @type {string} */ (periods.at(-1)) });
  };
  /** The rate that is nearest to what is asked for. @param {Measure[]} among @param {Partial<Measure>} want */
  const nearest = (among, want) => {
    const near = among.filter((one) => one.per === want.per && !one.adjusted === !want.adjusted);
    return near.find((one) => one.population === want.population) ?? near[0];
  };
  const rate = (/** @type {Partial<Measure>} */ change) => {
    const want = { per: measure.per ?? "none", population: measure.population, adjusted: measure.adjusted, ...change };
    if (want.per === "head") want.population ??= "ons";
    set(want.per === "none" ? base : nearest(rates, want).id);
  };
  const fields = [select(`${prefix}measure`, label, options(), base, (id) => set((nearest(ratesOf(id), measure) ?? ratesOf(id)[0] ?? { id }).id))];
  if (rates.length) fields.push(select(`${prefix}per`, "Divided by", Object.entries(PERS), measure.per ?? "none", (per) => rate({ per })));
  if (measure.per === "head") {
    fields.push(select(`${prefix}population`, "Population", [["ons", "ONS estimate"], ["dfe", "the formula's own"]], measure.population ?? "ons",
      (population) => rate({ population })));
  }
  if (measure.per) fields.push(checkbox(`${prefix}adjusted`, "Adjusted for area costs", Boolean(measure.adjusted), (adjusted) => rate({ adjusted })));
  if (state.view === "time") return fields;
  const said = (/** @type {string} */ one) => /** @type {[string, string]} */ ([one, when(measure, one)]);
  fields.push(select(`${prefix}period`, capital(measure.period_kind), measure.periods.map(said).reverse(), period, (one) => go({ [`${prefix}period`]: one })));
  const earlier = measure.periods.filter((one) => one < period);
  if (!showsChanges() || !earlier.length) return fields;
  const since = earlier.map((one) => /** @type {[string, string]} */ ([one, `Change since ${when(measure, one)}`])).reverse();
  fields.push(select(`${prefix}since`, `Shown${prefix ? " sideways" : ""} as`, [["", "The figure itself"], ...since], state[`${prefix}since`],
    (one) => go({ [`${prefix}since`]: one })));
  return fields;
}

/** The name in the list of places: of a closed authority with its last day. @param {number} place */
const listed = (place) => AREAS[place].name + (AREAS[place].closed ? ` (until ${AREAS[place].closed?.slice(0, 4)})` : "");

/** @param {string} typed @returns {number|undefined} */
function named(typed) {
  const text = typed.trim().toLowerCase();
  if (!text) return undefined;
  // An authority that there is comes before one that is closed: there were two of the name of Dorset.
  const order = AREAS.map((_, place) => place).sort((one, other) => Number(!!AREAS[one].closed) - Number(!!AREAS[other].closed));
  const names = (/** @type {number} */ place) => [listed(place), AREAS[place].name, AREAS[place].code, AREAS[place].gss ?? "", ...(AREAS[place].aliases ?? [])].map((one) => one.toLowerCase());
  return order.find((place) => names(place).includes(text))
    ?? order.find((place) => names(place)[1].startsWith(text))
    ?? order.find((place) => names(place)[1].includes(text));
}

/** Codes of places for the address, the first of them in front. @param {number|undefined} first @param {number[]} others */
const codes = (first, others) => [first, ...others.filter((one) => one !== first)].flatMap((place) => AREAS[place ?? -1]?.code ?? []).slice(0, 5).join(",");

/** The box that adds a place, and those chosen. */
function pickAreas() {
  const most = state.view === "time" ? 4 : 5;
  const enter = () => {
    const box = find("add");
    const place = named(box.value);
    if (place === undefined) {
      if (box.value.trim()) tell([`No authority or region is called ${box.value.trim()}.`]);
      return;
    }
    box.value = "";
    if (state.view === "place") go({ areas: codes(place, chosen()) });
    else if (!chosen().includes(place)) toggle(place);
  };
  const input = h("input", {
    id: "add", type: "text", list: "names", autocomplete: "off", spellcheck: false,
    onchange: enter, onkeydown: (/** @type {any} */ event) => event.key === "Enter" && (event.preventDefault(), enter()),
  });
  const chips = chosen().map((place, number) =>
    h("li", {}, h("button", {
      type: "button", className: "chip", id: `chip-${AREAS[place].code}`, onclick: () => toggle(place),
    }, h("span", { className: `key key-${number + 1}`, "aria-hidden": "true" }), AREAS[place].name,
      h("span", { className: "hidden" }, ": take out"), h("span", { "aria-hidden": "true" }, " ×"))));
  const first = chosen().find((place) => AREAS[place].neighbours?.length);
  const next = first === undefined ? [] : (AREAS[first].neighbours ?? []).flatMap((code) => PLACES.get(code) ?? []);
  const near = first === undefined || !["compare", "time"].includes(state.view) ? null
    : h("button", {
      type: "button", id: "neighbours", className: "button",
      onclick: () => go({ areas: codes(first, next.slice(0, most - 1)) }),
    }, `${AREAS[first].name} with its nearest neighbours`);
  const label = state.view === "place" ? "Place" : `Add a place, up to ${most === 4 ? "four" : "five"}`;
  return h("div", { className: "places" },
    h("div", { className: "field" }, h("label", { htmlFor: "add" }, label), input),
    chips.length ? h("ul", { className: "chips", "aria-label": "Places chosen" }, chips) : null, near);
}

// Tables.

/**
 * A table that a screen reader can follow, scrolled sideways within its own box.
 * @param {string} caption @param {string[]} heads @param {{cells: Cell[], place?: number, ids?: Row[]}[]} rows
 */
function table(caption, heads, rows) {
  const ids = state.ids === "1" && rows.some((row) => row.ids?.length);
  const picked = chosen();
  const text = (/** @type {Cell} */ cell) => (cell instanceof Node ? (cell.textContent ?? "") : String(cell ?? "–"));
  /** Whether all cells begin with a number or a dash; a rank under a value does not count. */
  const isNumber = (/** @type {Cell} */ cell) => /^([^a-z]*\d[^a-z]*( [mb]illion| percentage points)?|–|no figure)$/.test(cell instanceof Node ? text(cell.firstChild) : text(cell));
  const numeric = heads.map((_, at) => at > 0 && rows.every(({ cells }) => isNumber(cells[at])));
  const body = rows.map(({ cells, place, ids: own = [] }) =>
    h("tr", { className: place !== undefined && picked.includes(place) ? "highlight" : "" },
      cells.map((cell, at) => h(at ? "td" : "th", { ...(at ? {} : { scope: "row" }), className: numeric[at] ? "number" : "" },
        cell instanceof Node ? cell : text(cell))),
      ids ? [h("td", {}, own.flatMap((row, number) => [number ? h("br") : null, h("code", {}, figureId(row))]))] : []));
  const head = [...heads, ...(ids ? ["Figure id"] : [])];
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": `Table: ${caption}` },
    h("table", {}, h("caption", {}, h("span", {}, h("span", { className: "caption-title" }, caption))),
      h("thead", {}, h("tr", {}, head.map((words, at) => h("th", { scope: "col", className: numeric[at] ? "number" : "" }, words)))),
      h("tbody", {}, body)));
}

/** The name of a place, which leads to its page. @param {number} place */
function placeCell(place) {
  return h("a", { href: address({ view: "place", areas: codes(place, chosen()) }) }, AREAS[place].name);
}

/**
 * A table that is made when it is opened: most readers of the chart do not.
 * @param {() => Node} make
 */
function folded(make) {
  const details = h("details", { id: "data" }, h("summary", {}, "The figures as a table"));
  details.addEventListener("toggle", () => details.children.length < 2 && details.append(make()));
  return details;
}

// What is said with a view.

/** Say it on the page and to a screen reader. @param {string[]} words a paragraph each */
function tell(words) {
  find("said").replaceChildren(...words.filter(Boolean).map((one) => h("p", {}, one)));
}

/**
 * How the same amount ranks on the other bases. @param {Measure} measure @param {string} period @param {number} place
 */
function otherBases(measure, period, place) {
  if (measure.kind !== "rate_of_funding") return [];
  return ratesOf(measure.part)
    .filter((one) => one.id !== measure.id && !one.adjusted === !measure.adjusted && one.periods.includes(period))
    .map((one) => ({ measure: one, table: league(one.id, period) }))
    .filter((one) => one.table.rank[place] !== null)
    .map((one) => `${called(one.measure)} ${standing(one.table, place)}`);
}

/** @param {string} id @param {string} period @param {number} place @param {boolean} [brief] without the other bases @returns {string} */
function placeSentence(id, period, place, brief) {
  const found = league(id, period);
  const { measure, values } = found;
  const area = AREAS[place];
  const value = values[place];
  const england = values[ENGLAND];
  if (value === null) return `${capital(area.prose)} has no figure: ${reason(id, period, place)}.`;
  const beside = area.level === "england" || england === null ? "" : `; England ${say(england, measure)}`;
  const per = measure.kind === "rate_of_funding" ? ` ${called(measure)}` : "";
  const start = `${area.name}: ${say(value, measure)}${per}`;
  const doubtful = doubt(id, period, place);
  if (doubtful) return `${start}${beside}. No rank is given: ${doubtful}.`;
  if (area.level !== "authority") return `${start}${beside}.`;
  const others = brief ? [] : otherBases(measure, period, place);
  return `${start}, ${standing(found, place)}${beside}.${others.length ? ` ${capital(joined(others))}.` : ""}`;
}

/** What is shown and where each place chosen is: one with its other bases, the rest in brief. @param {League} found @param {number[]} places */
function placesSaid({ measure, period }, places) {
  const [first, ...others] = places;
  const what = `${title(measure)}, ${when(measure, period)}.`;
  return [`${what} ${placeSentence(measure.id, period, first)}`, ...others.map((place) => placeSentence(measure.id, period, place, true))];
}

/** The sentence of the whole table: both ends. @param {League} found */
function endsSentence(found) {
  const { measure, period, values, order, median } = found;
  if (!order.length) return `No authority has a figure of ${within(measure)}, ${when(measure, period)}.`;
  const england = values[ENGLAND];
  const end = (/** @type {number} */ place) => `${AREAS[place].name} (${say(values[place], measure)})`;
  const doubtful = (/** @type {number[]} */ places) => (places.some((place) => doubt(measure.id, period, place)) ? " from returns in doubt" : "");
  const low = order.filter((place) => values[place] === values[order[0]]);
  const high = order.filter((place) => values[place] === values[/** @type {number} */ (order.at(-1))]);
  const tell = (/** @type {number[]} */ places) =>
    (places.length > 2 ? `${places.length} authorities (${say(values[places[0]], measure)})` : joined(places.map(end))) + doubtful(places);
  const middle = median === null ? "" : `, median ${say(median, measure)}`;
  return `${title(measure)}, ${when(measure, period)}: lowest ${tell(low)}, highest ${tell(high)} of ${found.count} authorities; `
    + `England ${england === null ? "not published" : say(england, measure)}${middle}.`;
}

/** What to read with care. @param {{id: string, periods: string[]}[]} what @param {number[]} places */
function cautions(what, places) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const { id, periods } of what) {
    const measure = measureBy(id);
    for (const one of measure.breaks ?? []) {
      // A change has every break between its ends in it, a series those after its first period.
      const among = measure.since ? one.before <= periods[0] : periods.length > 1 ? periods.indexOf(one.before) > 0 : one.before === periods[0];
      if (among) found.add(one.words);
    }
    if (measure.unit.startsWith("gbp") && measure.per === "head") {
      found.add("Ranks per head turn on the population: the ONS estimate and the formula's own are different series. Choose the other under Population.");
    }
    for (const [own, period] of periods.flatMap((one) => ends(measure, one))) {
      const time = when(measureBy(own), period);
      for (const [code, numbers] of Object.entries(DATA.notes[own]?.[period] ?? {})) {
        if (code === "" || code === "england" || places.some((place) => AREAS[place].code === code)) {
          for (const number of numbers) found.add(`${code === "england" ? "England: " : ""}${DATA.reasons[number]}`);
        }
      }
      for (const place of places) {
        if (remark(own, period, place)) found.add(`${AREAS[place].name}, ${time}: ${remark(own, period, place)}`);
        if (column(own, period)[place] === null) found.add(`${capital(AREAS[place].prose)} has no figure for ${time}: ${reason(own, period, place)}.`);
      }
    }
  }
  for (const place of places) if (AREAS[place].changed) found.add(/** @type {string} */ (AREAS[place].changed));
  return [...found];
}

/** Who has no value, by reason. @param {League} found */
function missing({ measure, period, values }) {
  const by = new Map();
  AREAS.forEach((area, place) => {
    if (area.level !== "authority" || values[place] !== null || !area.tile) return;
    const why = reason(measure.id, period, place);
    by.set(why, [...(by.get(why) ?? []), area.name]);
  });
  return [...by].map(([why, names]) => `No figure for ${joined(names)}: ${why}.`);
}

/** Sources of the measures shown. @param {{id: string, periods: string[]}[]} what */
function sources(what) {
  /** @type {Set<number>} */
  const files = new Set();
  /** @param {string|undefined} id @param {string} period */
  const add = (id, period) => {
    for (const one of DATA.sources.of[id ?? ""]?.[period] ?? []) files.add(one);
  };
  for (const { id, periods } of what) {
    for (const [own, period] of periods.flatMap((one) => ends(measureBy(id), one))) {
      const measure = measureBy(own);
      add(own, period);
      add(measure.part, period);
      const over = measure.over?.[measure.periods.indexOf(period)];
      if (over) add(over[0], over[1]);
      if (measure.adjusted) add("basic_entitlement_rate", period);
    }
  }
  return [...files].map((one) => DATA.sources.files[one]);
}

/**
 * Cautions, how it is worked out, sources and downloads under a view.
 * @param {{id: string, periods: string[]}[]} what @param {number[]} places @param {string[]} [more]
 */
function below(what, places, more = []) {
  const care = [...cautions(what, places), ...more];
  const ids = what.map(({ id }) => measureBy(id));
  const how = ids.map((one) => {
    const at = one.periods.indexOf(what.find(({ id }) => id === one.id)?.periods.at(-1) ?? "");
    const way = one.per_words ? `Divided by ${one.per_words[at]}.` : one.note ? `${one.note}.` : "As published.";
    return h("li", {}, `${one.words}: ${way}`);
  });
  const files = sources(what).map((file) =>
    h("li", {}, file.publisher ? `${file.publisher}: ` : "", file.page ? h("a", { href: file.page, rel: "noreferrer" }, file.title) : (file.title ?? file.id),
      file.published ? `, ${file.published}` : ""));
  const place = places[0] ?? ENGLAND;
  const example = figureId({ measure: ids[0].id, period: /** @type {string} */ (what[0].periods.at(-1)), area: place });
  return h("div", { className: "below" },
    care.length ? h("section", { className: "care", "aria-labelledby": "care" }, h("h3", { id: "care" }, "Read with care"),
      h("ul", { className: "bullets" }, care.slice(0, 12).map((words) => h("li", {}, words))),
      care.length > 12 ? h("details", {}, h("summary", {}, `${care.length - 12} more`), h("ul", { className: "bullets" }, care.slice(12).map((words) => h("li", {}, words)))) : null) : null,
    h("details", { id: "sources" }, h("summary", {}, "Sources and figure ids"),
      h("ul", { className: "bullets" }, how, files),
      h("p", { className: "small" }, "Follow one figure to its file, sheet and cell: ", h("code", {}, `hnf trace ${example}`))));
}

/** Buttons for files. @param {boolean} picture */
function downloads(picture) {
  const button = (/** @type {string} */ id, /** @type {string} */ words, /** @type {() => void} */ onclick) =>
    h("button", { type: "button", className: "button", id, onclick }, words);
  return h("div", { className: "downloads" },
    button("csv", "Download CSV", () => save(new Blob([csv(seen)], { type: "text/csv" }), "csv")),
    picture ? button("svg", "Download SVG", () => save(new Blob([picturesAsSvg()], { type: "image/svg+xml" }), "svg")) : null,
    picture ? button("png", "Download PNG", png) : null,
    checkbox("ids", "Show figure ids", state.ids === "1", (on) => go({ ids: on ? "1" : "" }, true)));
}

// Files.

/**
 * A cell of CSV that no spreadsheet runs, as `hnf` writes it: an apostrophe goes before what would start a formula, at the
 * beginning and where a spreadsheet that is set up otherwise begins a cell. A number stays as it is.
 * @param {unknown} value
 */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const starts = (/** @type {string} */ text) => /^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u.test(text) && !/^-?\d+(\.\d+)?$/.test(text);
  const safe = String(value).replace(/\r\n?/g, "\n").split(/([\n\t;])/).map((text) => (starts(text) ? `'${text}` : text)).join("");
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows of what is seen, in the columns of `hnf table`; of a change the value and the change beside it. @param {Row[]} rows */
function csv(rows) {
  const real = rows.some((row) => row.real);
  const grown = rows.some((row) => row.measure.includes("~"));
  const head = "area_code,area_name,la_code,la_name,region,level,measure,period,value,unit,status,basis,figure_id".split(",");
  const lines = rows.map((row) => {
    const { period, area: place } = row;
    const shown = measureBy(row.measure);
    const id = shown.of ?? shown.id;
    const { unit, basis: usual } = measureBy(id);
    const area = AREAS[place];
    const own = area.level === "authority" ? [area.code, area.name] : ["", ""];
    const value = row.value === undefined ? column(id, period)[place] : row.value;
    const status = value === null ? reason(id, period, place) : remark(id, period, place) || null;
    const region = area.level === "region" ? area.name : area.region_name;
    const basis = !row.real ? usual : DATA.prices.forecast.some((/** @type {string} */ year) => [period, DATA.prices.base].includes(year)) ? "estimated" : "derived";
    const cells = [area.code, area.name, ...own, region, area.level, id, period, value, unit, status, basis,
      value === null ? null : figureId({ ...row, measure: id }), ...(real ? [DATA.prices.base] : [])];
    if (shown.of && shown.since) {
      const change = column(shown.id, period)[place];
      const before = remark(shown.of, shown.since, place);
      cells.push(shown.since, change, change === null ? null : shown.unit === "points" ? "percentage_points" : "pct",
        change === null ? reason(shown.id, period, place) : before ? `${shown.since}: ${before}` : null, change === null ? null : figureId(row));
    } else if (grown) cells.push(null, null, null, null, null);
    return cells.map(csvCell).join(",");
  });
  const more = [...(real ? ["price_base"] : []), ...(grown ? ["growth_from", "growth", "growth_unit", "growth_status", "growth_id"] : [])];
  return `${[...head, ...more].join(",")}\n${lines.join("\n")}\n`;
}

/** @param {Blob} blob @param {string} ending */
function save(blob, ending) {
  const name = measureOf("").id.replace("~", "-since-");
  const link = h("a", { href: URL.createObjectURL(blob), download: `hnf-${state.view}-${name}-${periodOf("")}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** The chart with its title and sources, to be put into a document. */
function picturesAsSvg() {
  const chart = /** @type {SVGSVGElement} */ (document.querySelector("#chart svg"));
  const { width, height } = chart.getBoundingClientRect();
  const inner = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
  const wide = Math.max(width, 420);
  const lines = (/** @type {string} */ words, /** @type {number} */ size) => wrapped(words, Math.floor(wide / (size * 0.5)));
  const head = lines(find("title").textContent, 16);
  const about = lines(find("subtitle").textContent, 13);
  const end = lines(`hnf, data edition ${DATA.edition}. ${DATA.attribution}`, 11);
  const top = 12 + head.length * 20 + about.length * 17;
  inner.setAttribute("x", "0");
  inner.setAttribute("y", String(top));
  inner.setAttribute("width", String(width));
  inner.setAttribute("height", String(height));
  inner.removeAttribute("style");
  const say = (/** @type {string[]} */ words, /** @type {number} */ y, /** @type {number} */ size, /** @type {number} */ step, /** @type {string} */ weight) =>
    words.map((line, number) => h("text", { x: 4, y: y + number * step, "font-size": size, "font-weight": weight, fill: "#0b0c0c" }, line));
  const keys = [...document.querySelectorAll("#view .legend li")].map((item, number) => {
    const mark = /** @type {HTMLElement} */ (item.firstElementChild);
    const look = getComputedStyle(mark);
    const y = top + height + 10 + number * 18;
    return h("g", {}, mark.className.startsWith("line") ? h("line", { x1: 4, x2: 28, y1: y + 7, y2: y + 7, stroke: look.borderTopColor, "stroke-width": 3, "stroke-dasharray": { dashed: "7 4", dotted: "3 3" }[look.borderTopStyle] })
      : h("rect", { x: 4, y, width: 14, height: 14, fill: look.backgroundColor, stroke: "#767676" }), h("text", { x: 34, y: y + 12, "font-size": 13, fill: "#0b0c0c" }, item.textContent));
  });
  const foot = top + height + 18 + keys.length * 18;
  const all = foot - 2 + end.length * 14;
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = `${find("faces").textContent} text { font-family: ${FONT}; }`;
  const outer = h("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${wide} ${all}`, width: wide, height: all },
    h("rect", { width: "100%", height: "100%", fill: "#fff" }), say(head, 20, 16, 20, "600"), say(about, 20 + head.length * 20, 13, 17, "400"),
    inner, keys, say(end, foot + 4, 11, 14, "400"));
  outer.prepend(style);
  return new XMLSerializer().serializeToString(outer);
}

function png() {
  const text = picturesAsSvg();
  const [, width, height] = /** @type {RegExpMatchArray} */ (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(text));
  const image = new Image();
  image.onload = () => {
    const canvas = h("canvas", { width: Number(width) * 2, height: Number(height) * 2 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((/** @type {Blob} */ blob) => save(blob, "png"));
  };
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
}

