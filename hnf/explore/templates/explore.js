// @ts-check
// The explorer: reads the figures that the page holds and shows them as map, rank, lines, scatter, place and comparison.
// What is shown is said by the address after #, so that a view can be sent. Text from the data goes in as text only.

/** @typedef {{code: string, name: string, prose: string, level: string, region?: string, region_name?: string,
 *   type?: string, neighbours?: string[], tile: number[]|null, aliases?: string[], gss?: string, changed?: string, closed?: string,
 *   label?: string, pack?: string}} Area */
/** @typedef {{id: string, words: string, short?: string, unit: string, decimals: number, group: string, main?: boolean,
 *   period_kind: string, periods: string[], figure: string, basis: string, kind: string, note?: string, part?: string,
 *   times?: number, over?: (string[]|null)[], per?: string, population?: string, adjusted?: boolean,
 *   per_words?: string[], breaks?: {before: string, words: string, mark: string, at?: string}[]}} Measure */
/** @typedef {{measure: Measure, period: string, values: (number|null)[], count: number, median: number|null,
 *   rank: (number|null)[], tied: (number|null)[], order: number[]}} League */
/** @typedef {Record<string, string>} State */
/** @typedef {{text: string, order?: number|null}|string|number|null|Node} Cell */
/** @typedef {{measure: string, period: string, area: number, value?: number|null, real?: boolean}} Row */

const NEUTRAL = "#7a7f84";
const BLUE = "#12436d";
/** Colours of up to five places, each told apart by its dash and its mark as well. */
const COLOURS = ["#12436d", "#801650", "#1d7a72", "#b8430b", "#5b4a8a"];
const SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down"];
const SHADES = ["#dfe8f0", "#b3cadd", "#7ea5c6", "#3b719f", "#12436d"];
const LETTERS = ["#0b0c0c", "#0b0c0c", "#0b0c0c", "#fff", "#fff"];
const FONT = '"Source Sans 3", "Pack Sans", Helvetica, Arial, sans-serif';
const VIEWS = {
  map: "Map",
  rank: "Rank",
  time: "Over time",
  against: "One against another",
  place: "One authority",
  compare: "Compare",
};
/** Measures of a place beside its funding. */
const SERVICE = [
  "plans", "plans_per_1000_0_25", "new_plans_per_1000", "requests_per_1000", "refused_pct", "within_20_weeks_pct",
  "within_20_weeks_ex_pct", "over_52_weeks_pct", "mainstream_pct", "special_state_pct", "special_independent_pct",
  "appeal_rate_pct", "sen_support_pct", "balance",
];
const PERS = { none: "nothing: the whole amount", head: "head, aged 2 to 18", pupil: "pupil in schools", plan: "EHC plan" };

/** @type {any} */
let DATA;
/** @type {Area[]} */
let AREAS;
/** @type {Map<string, Measure>} */
let MEASURES;
/** @type {Map<string, number>} */
let PLACES;
/** @type {State} */
let state = {};
/** Rows of what is seen, for the file. @type {Row[]} */
let seen = [];
/** @type {number|undefined} */
let playing;

// Small helpers.

/**
 * Make an element; strings become text, never markup.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...(Node|string|null|undefined|(Node|string|null)[])} children
 * @returns {any}
 */
function h(tag, given = {}, ...children) {
  const svg = ["svg", "g", "rect", "text", "line", "circle", "path", "title", "pattern", "defs"].includes(tag);
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

/** Round half away from zero, as the packs do. @param {number} value @param {number} places */
function rounded(value, places) {
  const [digits, power = "0"] = String(Math.abs(value)).split("e");
  const [number, more = "0"] = String(Math.round(Number(`${digits}e${Number(power) + places}`))).split("e");
  return Math.sign(value) * Number(`${number}e${Number(more) - places}`);
}

/** @param {number} value @param {number} places */
function grouped(value, places) {
  return rounded(value, places).toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
}

/**
 * A value in words of its unit.
 * @param {number|null} value
 * @param {Measure} measure
 */
function say(value, measure) {
  if (value === null) return "no figure";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (measure.unit === "gbp" && size >= 999.95e6) return `${sign}£${grouped(size / 1e9, 2)} billion`;
  if (measure.unit === "gbp" && size >= 1e6) return `${sign}£${grouped(size / 1e6, 1)} million`;
  if (measure.unit.startsWith("gbp")) return `${sign}£${grouped(size, 0)}`;
  if (measure.unit === "pct") return `${sign}${grouped(size, measure.decimals)}%`;
  return sign + grouped(size, measure.decimals);
}

/** @param {number} number */
function ordinal(number) {
  const tens = number % 100;
  const end = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${end}`;
}

/** @param {string[]} words */
const joined = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

/** @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** A measure in a heading: a rate without what is behind it, which stands under the chart. @param {Measure} measure */
function title(measure) {
  if (measure.kind !== "rate_of_funding") return measure.words;
  return `${MEASURES.get(measure.part ?? "")?.words ?? measure.words} ${called(measure)}`;
}

/** The words of a measure within a sentence. @param {Measure} measure */
function within(measure) {
  const words = title(measure);
  return /^(EHC|SEN|DSG|[A-Z]{2})/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}

// Figures.

/** @type {Map<string, (number|null)[]>} */
const columns = new Map();
/** @type {Map<string, League>} */
const leagues = new Map();

/**
 * The values of all areas: as published, or part over whole, in the order in which `hnf` works it out.
 * @param {string} id
 * @param {string} period
 * @returns {(number|null)[]}
 */
function column(id, period) {
  const key = `${id}|${period}`;
  const known = columns.get(key);
  if (known) return known;
  const measure = MEASURES.get(id);
  const at = measure ? measure.periods.indexOf(period) : -1;
  /** @type {(number|null)[]} */
  let found = new Array(AREAS.length).fill(null);
  if (measure && at >= 0) {
    if (measure.kind === "published") found = DATA.values[id][at];
    else {
      const over = measure.over?.[at] ?? null;
      const parts = column(measure.part ?? "", period);
      const wholes = over ? column(over[0], over[1]) : null;
      const rates = measure.adjusted ? column("basic_entitlement_rate", period) : null;
      const lowest = DATA.lowest_basic_entitlement_rate[period];
      found = parts.map((part, place) => {
        const whole = wholes ? wholes[place] : null;
        const rate = rates ? rates[place] : null;
        if (part === null || !whole || (rates && rate === null)) return null;
        return ((measure.times ?? 1) * part) / (whole * (rate === null ? 1 : rate / lowest));
      });
      for (const [place, value] of Object.entries(DATA.exact[id]?.[period] ?? {})) found[Number(place)] = value;
    }
  }
  columns.set(key, found);
  return found;
}

/**
 * Ranks of the authorities, 1 the lowest, equal values sharing one, as `hnf rank` has them.
 * @param {string} id
 * @param {string} period
 * @returns {League}
 */
function league(id, period) {
  const key = `${id}|${period}`;
  const known = leagues.get(key);
  if (known) return known;
  const measure = /** @type {Measure} */ (MEASURES.get(id));
  const values = column(id, period);
  const order = AREAS.flatMap((area, place) => (area.level === "authority" && values[place] !== null ? [place] : []));
  const value = (/** @type {number} */ place) => /** @type {number} */ (values[place]);
  order.sort((one, other) => value(one) - value(other) || (AREAS[one].code < AREAS[other].code ? -1 : 1));
  const among = DATA.among?.[id]?.[measure.periods.indexOf(period)];
  /** @type {(number|null)[]} */
  let rank = new Array(AREAS.length).fill(null);
  /** @type {(number|null)[]} */
  let tied = new Array(AREAS.length).fill(null);
  let [count, median] = [order.length, /** @type {number|null} */ (null)];
  if (among) [rank, tied, count, median] = [among.ranks, among.tied, among.count, among.median];
  else if (count) {
    const first = new Map();
    const equal = new Map();
    order.forEach((place, number) => {
      if (!first.has(value(place))) first.set(value(place), number + 1);
      equal.set(value(place), (equal.get(value(place)) ?? 0) + 1);
    });
    for (const place of order) [rank[place], tied[place]] = [first.get(value(place)), equal.get(value(place)) - 1];
    const half = Math.floor(count / 2);
    median = count % 2 ? value(order[half]) : (value(order[half - 1]) + value(order[half])) / 2;
  }
  const found = { measure, period, values, count, median, rank, tied, order };
  leagues.set(key, found);
  return found;
}

/** The fifth that a value is in, 0 the lowest. @param {League} table @param {number} place */
function fifth(table, place) {
  const rank = table.rank[place];
  return rank === null ? -1 : Math.floor(((rank - 1) * 5) / table.count);
}

/**
 * Where an area is, from the nearer end: "15th lowest of 151".
 * @param {League} table
 * @param {number} place
 * @param {boolean} [bare] without the number of all
 */
function standing(table, place, bare) {
  const low = table.rank[place];
  const tied = table.tied[place] ?? 0;
  if (low === null) return "";
  const high = table.count - low - tied + 1;
  const [rank, end] = low <= high ? [low, "lowest"] : [high, "highest"];
  return `${tied ? "joint " : ""}${rank === 1 ? end : `${ordinal(rank)} ${end}`}${bare ? "" : ` of ${table.count}`}`;
}

/** @param {string} kind @param {string} id @param {string} period @param {number} place @returns {any} */
const about = (kind, id, period, place) => DATA[kind][id]?.[period]?.[place];

/** Why a value is no headline. @param {string} id @param {string} period @param {number} place */
function doubt(id, period, place) {
  const kind = about("doubts", id, period, place);
  return kind ? DATA.unranked[kind] : "";
}

/** Why there is no value. @param {string} id @param {string} period @param {number} place @returns {string} */
function reason(id, period, place) {
  const number = about("why", id, period, place);
  return number === undefined ? `the published table does not list ${AREAS[place].name}` : DATA.reasons[number];
}

/** @param {Row} row */
function figureId({ measure, period, area, real }) {
  const { figure } = /** @type {Measure} */ (MEASURES.get(measure));
  const id = DATA.ids.value
    .replace("{period}", period)
    .replace("{figure}", figure)
    .replace("{area}", AREAS[area].code);
  return real ? `${id.replace("rate:", "realvalue:")}:${DATA.prices.base}` : id;
}

/** How a period is said. @param {Measure} measure @param {string} period */
function when(measure, period) {
  if (measure.period_kind === "January") return `January ${period}`;
  return measure.period_kind === "mid-year" ? `mid-${period}` : period;
}

/** What a measure is called beside others: its short words, or what it is divided by. @param {Measure} measure */
function called(measure) {
  if (measure.kind !== "rate_of_funding") return measure.short || measure.words;
  const head = measure.population === "dfe" ? "head (the formula's own population)" : "head (ONS estimate)";
  const per = measure.per === "head" ? head : measure.per === "plan" ? "EHC plan" : measure.per;
  return `per ${per}${measure.adjusted ? ", adjusted for area costs" : ""}`;
}

/** The rates of one amount. @param {string|undefined} base @returns {Measure[]} */
const ratesOf = (base) =>
  [...MEASURES.values()].filter((one) => one.kind === "rate_of_funding" && one.part === base);

// What is chosen.

/** @returns {number[]} */
function chosen() {
  return (state.areas ?? "").split(",").flatMap((code) => PLACES.get(code) ?? []);
}

/** @param {string} prefix @returns {Measure} */
function measureOf(prefix) {
  return /** @type {Measure} */ (MEASURES.get(state[`${prefix}measure`]));
}

/** @param {string} prefix @returns {string} */
const periodOf = (prefix) => state[`${prefix}period`];

/** Read the address after #, and put in what it leaves out or gets wrong. */
function readAddress() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  state = { ...given };
  if (!(state.view in VIEWS)) state.view = "map";
  if (!MEASURES.has(state.measure)) {
    state.measure = MEASURES.has("block_per_pupil") ? "block_per_pupil" : [...MEASURES.keys()][0];
  }
  if (!MEASURES.has(state.xmeasure)) {
    state.xmeasure = MEASURES.has("plans_per_1000_2_18") ? "plans_per_1000_2_18" : [...MEASURES.keys()][0];
  }
  for (const prefix of ["", "x"]) {
    const { periods } = measureOf(prefix);
    if (periods.includes(state[`${prefix}period`])) continue;
    const start = (prefix ? periodOf("") : (state.period ?? "")).slice(0, 4);
    const latest = /** @type {string} */ (periods.at(-1));
    state[`${prefix}period`] = periods.find((one) => one.slice(0, 4) === start) ?? latest;
  }
  state.areas = [...new Set(chosen())].map((place) => AREAS[place].code).slice(0, 5).join(",");
}

/** The address of a view. @param {Partial<State>} change */
function address(change) {
  const next = { ...state, ...change };
  const kept = { view: next.view, measure: next.measure, period: next.period };
  const extra = next.view === "against" ? ["xmeasure", "xperiod", "group"] : [];
  const own = { rank: ["order", "search", "region"], time: ["prices", "index"] }[next.view] ?? [];
  const params = new URLSearchParams(/** @type {any} */ (kept));
  for (const name of ["areas", "ids", ...extra, ...own]) if (next[name]) params.set(name, next[name]);
  return `#${params.toString().replaceAll("%2C", ",")}`;
}

/** Go to another view of the figures. @param {Partial<State>} change @param {boolean} [quiet] no step back to before */
function go(change, quiet) {
  const next = address(change);
  if (next === location.hash) return;
  history[quiet ? "replaceState" : "pushState"](null, "", next);
  show();
}

/** Add an area, or take it out. @param {number} place */
function toggle(place) {
  const most = state.view === "time" ? 4 : 5;
  const now = chosen();
  const next = now.includes(place) ? now.filter((one) => one !== place) : [...now.slice(-(most - 1)), place];
  go({ areas: next.map((one) => AREAS[one].code).join(",") });
}

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

/** @param {Measure[]} measures @returns {[string, string, string?][]} */
function options(measures) {
  const main = measures.filter((one) => one.main);
  const groups = new Map();
  for (const one of measures.filter((each) => !each.main)) {
    if (!groups.has(one.group)) groups.set(one.group, []);
    groups.get(one.group).push(one);
  }
  const words = (/** @type {Measure} */ one) => one.words;
  return [
    ...main.map((one) => /** @type {[string, string, string]} */ ([one.id, words(one), `${one.group}: most used`])),
    ...[...groups].flatMap(([group, list]) =>
      list.map((/** @type {Measure} */ one) => /** @type {[string, string, string]} */ ([one.id, words(one), group]))),
  ];
}

/**
 * Measure, what it is divided by, population and period.
 * @param {string} prefix @param {string} title
 */
function pick(prefix, title) {
  const measure = measureOf(prefix);
  const base = measure.kind === "rate_of_funding" ? /** @type {string} */ (measure.part) : measure.id;
  const rates = ratesOf(base);
  const set = (/** @type {string} */ id) => {
    const { periods } = /** @type {Measure} */ (MEASURES.get(id));
    const latest = /** @type {string} */ (periods.at(-1));
    // Whoever looks at the latest goes on to the latest; beside another measure, and in an earlier year, the years go together.
    const stays = state.view === "against" || periodOf(prefix) !== measure.periods.at(-1);
    const same = periods.find((one) => one.slice(0, 4) === periodOf(prefix).slice(0, 4));
    go({ [`${prefix}measure`]: id, [`${prefix}period`]: (stays ? same : undefined) ?? latest });
  };
  const rate = (/** @type {Partial<Measure>} */ change) => {
    const want = { per: measure.per ?? "none", population: measure.population, adjusted: measure.adjusted, ...change };
    if (want.per === "none") return set(base);
    if (want.per === "head") want.population ??= "ons";
    const near = rates.filter((one) => one.per === want.per && !one.adjusted === !want.adjusted);
    return set((near.find((one) => one.population === want.population) ?? near[0]).id);
  };
  const list = [...MEASURES.values()].filter((one) => one.kind !== "rate_of_funding");
  const chooseBase = (/** @type {string} */ id) => {
    const like = ratesOf(id).find((one) => one.per === measure.per && one.population === measure.population
      && !one.adjusted === !measure.adjusted);
    set((like ?? ratesOf(id)[0] ?? { id }).id);
  };
  const fields = [select(`${prefix}measure`, title, options(list), base, chooseBase)];
  if (rates.length) {
    fields.push(select(`${prefix}per`, "Divided by", Object.entries(PERS), measure.per ?? "none", (per) => rate({ per })));
    if (measure.per === "head") {
      const people = /** @type {[string, string][]} */ ([["ons", "ONS estimate"], ["dfe", "the formula's own"]]);
      const box = select(`${prefix}population`, "Population", people, measure.population ?? "ons", (population) =>
        rate({ population }));
      fields.push(box);
    }
    if (measure.per) {
      fields.push(checkbox(`${prefix}adjusted`, "Adjusted for area costs", Boolean(measure.adjusted), (adjusted) =>
        rate({ adjusted })));
    }
  }
  if (state.view !== "time") {
    const periods = /** @type {[string, string][]} */ ([...measure.periods].reverse().map((one) => [one, when(measure, one)]));
    fields.push(select(`${prefix}period`, capital(measure.period_kind), periods, periodOf(prefix), (period) =>
      go({ [`${prefix}period`]: period })));
  }
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
    if (state.view === "place") go({ areas: [place, ...chosen().filter((one) => one !== place)].map((one) => AREAS[one].code).join(",") });
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
      onclick: () => go({ areas: [first, ...next].slice(0, most).map((one) => AREAS[one].code).join(",") }),
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
  const numeric = heads.map((_, at) => rows.every(({ cells }) => /^[^a-z]*[\d–]/.test(text(cells[at])) && !/[a-z]{3}/.test(text(cells[at]).replace(/[mb]illion/, ""))));
  /** @param {Cell} cell @returns {string} */
  function text(cell) {
    return cell instanceof Node ? (cell.textContent ?? "") : String(cell ?? "–");
  }
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

/** The button that puts a place in or out, as a cell. @param {number} place */
function placeCell(place) {
  return h("a", { href: address({ view: "place", areas: [place, ...chosen().filter((one) => one !== place)].map((one) => AREAS[one].code).join(",") }) },
    AREAS[place].name);
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
  const england = values[/** @type {number} */ (PLACES.get("england"))];
  if (value === null) return `${area.name} has no figure: ${reason(id, period, place)}.`;
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
  const england = values[/** @type {number} */ (PLACES.get("england"))];
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
    const measure = /** @type {Measure} */ (MEASURES.get(id));
    for (const one of measure.breaks ?? []) {
      if (periods.length > 1 ? periods.includes(one.before) && periods[0] !== one.before : one.before === periods[0]) found.add(one.words);
    }
    if (measure.unit.startsWith("gbp") && measure.per === "head") {
      found.add("Ranks per head turn on the population: the ONS estimate and the formula's own are different series. Choose the other under Population.");
    }
    for (const period of periods) {
      for (const [code, numbers] of Object.entries(DATA.notes[id]?.[period] ?? {})) {
        if (code === "" || code === "england" || places.some((place) => AREAS[place].code === code)) {
          for (const number of numbers) found.add(`${code === "" ? "" : code === "england" ? "England: " : ""}${DATA.reasons[number]}`);
        }
      }
      for (const place of places) {
        const flag = about("flags", id, period, place);
        if (flag !== undefined) found.add(`${AREAS[place].name}, ${when(measure, period)}: ${DATA.reasons[flag]}`);
        if (column(id, period)[place] === null) found.add(`${AREAS[place].name} has no figure for ${when(measure, period)}: ${reason(id, period, place)}.`);
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
  const add = (/** @type {string} */ id, /** @type {string} */ period) => {
    for (const one of DATA.sources.of[id]?.[period] ?? []) files.add(one);
  };
  for (const { id, periods } of what) {
    const measure = /** @type {Measure} */ (MEASURES.get(id));
    for (const period of periods) {
      add(id, period);
      const over = measure.over?.[measure.periods.indexOf(period)];
      if (measure.part) add(measure.part, period);
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
  const ids = what.map(({ id }) => /** @type {Measure} */ (MEASURES.get(id)));
  const how = ids.map((one) => {
    const at = one.periods.indexOf(what.find(({ id }) => id === one.id)?.periods.at(-1) ?? "");
    const way = one.per_words ? `Divided by ${one.per_words[at]}.` : one.note ? `${one.note}.` : "As published.";
    return h("li", {}, `${one.words}: ${way}`);
  });
  const files = sources(what).map((file) =>
    h("li", {}, file.publisher ? `${file.publisher}: ` : "", file.page ? h("a", { href: file.page, rel: "noreferrer" }, file.title) : (file.title ?? file.id),
      file.published ? `, ${file.published}` : ""));
  const place = places[0] ?? /** @type {number} */ (PLACES.get("england"));
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

/** @param {unknown} value */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const words = String(value);
  const safe = /^[=+\-@\t\r]/.test(words) ? `'${words}` : words;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows of what is seen, in the columns of `hnf table`. @param {Row[]} rows */
function csv(rows) {
  const real = rows.some((row) => row.real);
  const head = "area_code,area_name,la_code,la_name,region,level,measure,period,value,unit,status,basis,figure_id".split(",");
  const lines = rows.map((row) => {
    const { measure: id, period, area: place } = row;
    const measure = /** @type {Measure} */ (MEASURES.get(id));
    const area = AREAS[place];
    const own = area.level === "authority" ? [area.code, area.name] : ["", ""];
    const value = row.value === undefined ? column(id, period)[place] : row.value;
    const flag = about("flags", id, period, place);
    const status = value === null ? reason(id, period, place) : flag === undefined ? null : DATA.reasons[flag];
    const region = area.level === "region" ? area.name : area.region_name;
    const basis = !row.real ? measure.basis : DATA.prices.forecast.some((/** @type {string} */ year) => [period, DATA.prices.base].includes(year)) ? "estimated" : "derived";
    const cells = [area.code, area.name, ...own, region, area.level, id, period, value, measure.unit, status, basis,
      value === null ? null : figureId(row), ...(real ? [DATA.prices.base] : [])];
    return cells.map(csvCell).join(",");
  });
  return `${[...head, ...(real ? ["price_base"] : [])].join(",")}\n${lines.join("\n")}\n`;
}

/** @param {Blob} blob @param {string} ending */
function save(blob, ending) {
  const measure = measureOf("");
  const link = h("a", { href: URL.createObjectURL(blob), download: `hnf-${state.view}-${measure.id}-${periodOf("")}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** The chart with its title and sources, to be put into a document. */
function picturesAsSvg() {
  const chart = /** @type {SVGSVGElement} */ (document.querySelector("#chart svg"));
  const { width, height } = chart.getBoundingClientRect();
  const inner = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
  const wide = Math.max(width, 420);
  /** @param {string} words @param {number} size */
  const lines = (words, size) => {
    const most = Math.floor(wide / (size * 0.5));
    return words.split(" ").reduce((/** @type {string[]} */ all, word) => {
      const last = all.at(-1);
      if (last !== undefined && last.length + word.length < most) all[all.length - 1] = `${last} ${word}`;
      else all.push(word);
      return all;
    }, []);
  };
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
  image.src = `data:image/svg+xml;base64,${btoa(unescape(encodeURIComponent(text)))}`;
}

// Charts.

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
    tip.textContent = mark.words;
    tip.hidden = false;
    const left = inner.left - outer.left + inner.width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(0, Math.min(left, outer.width - tip.offsetWidth))}px`;
    tip.style.top = `${inner.top - outer.top - tip.offsetHeight - 6}px`;
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
    mark.node.addEventListener("pointerenter", () => point(at, false));
    mark.node.addEventListener("pointerleave", leave);
    mark.node.addEventListener("click", () => toggle(mark.place));
  });
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
function markWords({ measure, period, values, rank, count }, place) {
  const name = AREAS[place].name;
  if (values[place] === null) return `${name}: no figure, ${reason(measure.id, period, place)}`;
  const noRank = doubt(measure.id, period, place);
  const mark = noRank ? `no rank given: ${noRank}` : standing(/** @type {any} */ ({ rank, count, tied: league(measure.id, period).tied }), place);
  return `${name}: ${say(values[place], measure)}, ${mark}`;
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
  const svg = h("svg", { viewBox: `-2 -2 ${(right - left + 1) * side + 4} ${(bottom - top + 1) * side + 4}`, class: "map", "aria-label": `Map of England, a square for each authority: ${found.measure.words}, ${when(found.measure, found.period)}` },
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
  const england = values[/** @type {number} */ (PLACES.get("england"))];
  const lines = [["England", england, 0], ["Median", found.median, 1]].flatMap(([words, one, number]) => {
    if (typeof one !== "number" || one < low || one > high) return [];
    return [h("line", { x1: scale(one), x2: scale(one), y1: top, y2: floor + 6 + Number(number) * 16, stroke: "#0b0c0c", "stroke-width": 1, "stroke-dasharray": number ? "3 3" : "none", "aria-hidden": "true" }),
      label(scale(one), floor + 18 + Number(number) * 16, `${words} ${say(one, measure)}`)];
  });
  const ends = floor + 50;
  const endName = (/** @type {number} */ place) => {
    const equal = order.filter((other) => values[other] === values[place]).length;
    return equal > 1 ? `${equal} authorities` : AREAS[place].name;
  };
  const first = endName(order[0]);
  const last = endName(/** @type {number} */ (order.at(-1)));
  const svg = h("svg", { viewBox: `0 0 ${width} ${ends + 10}`, "aria-label": `Each authority as a dot from the lowest to the highest: ${measure.words}, ${when(measure, found.period)}` },
    h("line", { x1: 4, x2: width - 4, y1: floor, y2: floor, stroke: "#7a7f84" }), lines, marks.filter((mark) => !picked.includes(mark.place)).map((mark) => mark.node),
    marks.filter((mark) => picked.includes(mark.place)).map((mark) => mark.node), names,
    label(0, ends, `Lowest: ${first} ${say(low, measure)}`, { fill: "#3d3d3d" }), label(width, ends + (width < 500 ? 0 : 0), width < 500 ? "" : `Highest: ${last} ${say(high, measure)}`, { fill: "#3d3d3d" }));
  if (width < 500) {
    svg.setAttribute("viewBox", `0 0 ${width} ${ends + 26}`);
    svg.append(label(width, ends + 17, `Highest: ${last} ${say(high, measure)}`, { fill: "#3d3d3d" }));
  }
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

/** The number of the latest drawing: an older one that ends later is thrown away. */
let drawing = 0;

/**
 * Draw a chart with Vega-Lite into a box that is returned at once.
 * @param {any} spec @param {string} words what it is, for a reader who cannot see it @param {number} [height]
 */
function drawn(spec, words, height = 380) {
  const place = h("div", { className: "drawn", style: `min-height: ${height}px` });
  const tip = h("p", { className: "tip", hidden: true, "aria-hidden": "true" });
  const box = h("div", { className: "pictures", id: "chart" }, place, tip);
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
    tip.hidden = !value;
    if (!value) return;
    tip.textContent = typeof value === "string" ? value : Object.values(value).join(", ");
    const outer = box.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(event.clientX - outer.left - tip.offsetWidth / 2, outer.width - tip.offsetWidth))}px`;
    tip.style.top = `${event.clientY - outer.top - tip.offsetHeight - 10}px`;
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
    });
  return box;
}

// Views.

/** @param {string} words @param {string} more */
function heading(words, more) {
  return [h("h2", { id: "title", tabIndex: -1 }, words), h("p", { className: "subtitle", id: "subtitle" }, more)];
}

/** The rank table of a measure. @param {League} found @param {number[]} places in the order to list them */
function rankRows(found, places) {
  const { measure, period, values, rank, tied } = found;
  return places.map((place) => {
    const flag = about("flags", measure.id, period, place) !== undefined ? " *" : "";
    const mark = rank[place] === null ? "–" : `${rank[place]}${tied[place] ? "=" : ""}${flag}`;
    const cells = [placeCell(place), mark, say(values[place], measure), AREAS[place].region_name ?? ""];
    return { cells, place, ids: [{ measure: measure.id, period, area: place }] };
  });
}

function viewMap() {
  const [measure, period] = [measureOf(""), periodOf("")];
  const found = league(measure.id, period);
  const picked = chosen();
  seen = found.order.map((area) => ({ measure: measure.id, period, area }));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const at = measure.periods.indexOf(period);
  const step = () => go({ period: measure.periods[(at + 1) % measure.periods.length] }, playing !== undefined);
  const play = measure.periods.length < 2 ? null : h("button", {
    type: "button", id: "play", className: "button",
    onclick: () => {
      if (still) return step();
      if (playing !== undefined) return stop();
      playing = window.setInterval(() => {
        const { periods } = measureOf("");
        const next = periods.indexOf(periodOf("")) + 1;
        if (next >= periods.length) stop();
        else go({ period: periods[next] }, true);
      }, 1200);
      return go({ period: measure.periods[0] }, true);
    },
  }, still ? "Next year" : playing === undefined ? "Play through the years" : "Stop");
  return {
    said: picked.length ? placesSaid(found, picked) : [endsSentence(found)],
    controls: [...pick("", "Measure"), pickAreas()],
    body: [
      ...heading(title(measure), `${when(measure, period)}, ${found.count} authorities, in fifths: a square each, darker where it is higher.`),
      play ? h("div", { className: "play" }, play) : null,
      h("div", { className: "map-and-key" }, tileMap(found), h("div", {}, mapKey(found))),
      downloads(true),
      folded(() => table(`${title(measure)}, ${when(measure, period)}`, ["Authority", "Rank, 1 is the lowest", "Value", "Region"], rankRows(found, found.order))),
      below([{ id: measure.id, periods: [period] }], picked, missing(found)),
    ],
  };
}

function stop() {
  clearInterval(playing);
  playing = undefined;
  show();
}

function viewRank() {
  const [measure, period] = [measureOf(""), periodOf("")];
  const found = league(measure.id, period);
  const picked = chosen();
  const text = (state.search ?? "").toLowerCase();
  const places = found.order.filter((place) =>
    (!state.region || AREAS[place].region === state.region) && AREAS[place].name.toLowerCase().includes(text));
  if (state.order === "highest") places.reverse();
  seen = places.map((area) => ({ measure: measure.id, period, area }));
  const regions = /** @type {[string, string][]} */ (AREAS.filter((one) => one.level === "region").map((one) => [one.code, one.name]));
  const filters = h("div", { className: "controls filters" },
    h("div", { className: "field" }, h("label", { htmlFor: "search" }, "Search the table"),
      h("input", { id: "search", type: "search", value: state.search ?? "", autocomplete: "off", oninput: (/** @type {any} */ event) => go({ search: event.target.value }, true) })),
    select("region", "Region", [["", "All regions"], ...regions], state.region ?? "", (region) => go({ region })),
    select("order", "Order", [["", "Lowest first"], ["highest", "Highest first"]], state.order ?? "", (order) => go({ order })));
  const flagged = places.some((place) => about("flags", measure.id, period, place) !== undefined);
  return {
    said: [endsSentence(found), ...picked.map((place, number) => placeSentence(measure.id, period, place, number > 0))],
    controls: [...pick("", "Measure"), pickAreas()],
    body: [
      ...heading(title(measure), `${when(measure, period)}. Each dot is one of ${found.count} authorities, from the lowest to the highest.`),
      strip(found), downloads(true), filters,
      h("p", { className: "small" }, `${places.length} of ${found.order.length} authorities. 1 is the lowest; = is a shared rank.${flagged ? " * is a figure with a remark: choose the authority to read it." : ""}`),
      table(`${title(measure)}, ${when(measure, period)}`, ["Authority", "Rank", "Value", "Region"], rankRows(found, places)),
      below([{ id: measure.id, periods: [period] }], picked, missing(found)),
    ],
  };
}

/** @param {Measure} measure @param {string} period @param {number} place @param {boolean} real */
function amount(measure, period, place, real) {
  const value = column(measure.id, period)[place];
  const factor = real ? DATA.prices.factors[period] : 1;
  return value === null || factor === undefined ? null : value * factor;
}

function viewTime() {
  const measure = measureOf("");
  const england = /** @type {number} */ (PLACES.get("england"));
  const picked = chosen().filter((place) => place !== england).slice(0, 4);
  const money = measure.unit.startsWith("gbp") && measure.period_kind === "financial year";
  const real = money && state.prices === "real";
  const indexed = state.index === "1";
  const lines = [...picked, england];
  const { periods } = measure;
  const base = periods.find((period) => lines.every((place) => (amount(measure, period, place, real) ?? 0) > 0));
  /** @param {string} period @param {number} place */
  const shown = (period, place) => {
    const value = amount(measure, period, place, real);
    if (!indexed || value === null) return value;
    return base === undefined ? null : (value / /** @type {number} */ (amount(measure, base, place, real))) * 100;
  };
  const print = (/** @type {number|null} */ value) =>
    value === null ? "–" : indexed ? grouped(value, 1) : say(value, measure);
  seen = lines.flatMap((area) => periods.map((period) => ({ measure: measure.id, period, area, ...(real ? { real: true, value: amount(measure, period, area, true) } : {}) })));
  // Beside the whole of England an amount of one place is a line along the axis: it is in the table and in the index.
  const aside = picked.length > 0 && !indexed && ["gbp", "count"].includes(measure.unit);
  const data = (aside ? picked : lines).flatMap((place, number) => periods.map((period, at) => ({
    name: AREAS[place].name, period, at, value: shown(period, place), number,
    tip: `${AREAS[place].name}, ${when(measure, period)}: ${print(shown(period, place))}`,
  })));
  const colours = [...COLOURS.slice(0, picked.length), "#4a4f54"];
  const names = lines.map((place) => AREAS[place].name);
  const ends = labelled(data.filter((row) => row.value !== null).reduce((/** @type {any[]} */ all, row) => {
    all[row.number] = row;
    return all;
  }, []).filter(Boolean), data.flatMap((row) => (row.value === null ? [] : [row.value])));
  const narrow = find("view").clientWidth < 560;
  const marks = (measure.breaks ?? []).filter((one) => one.before !== periods[0]).map((one) => ({ period: one.at || one.before, mark: one.mark || "Break" }));
  const colour = { field: "name", type: "nominal", scale: { domain: names, range: colours }, legend: null };
  const unit = indexed ? `Index, ${base ?? ""} = 100` : measure.unit === "pct" ? "%" : measure.unit.startsWith("gbp") ? "£" : "";
  const zero = !indexed && measure.unit !== "pct";
  const range = rangesOf(measure, picked, indexed || real);
  const format = measure.unit === "gbp" && !indexed ? "~s" : ",~f";
  const x = { field: "period", type: "ordinal", sort: null, axis: { title: null, labelAngle: 0, labelOverlap: true, grid: false }, scale: { domain: [...periods, ...range.periods] } };
  const y = { field: "value", type: "quantitative", scale: { zero, nice: true }, axis: { title: unit || null, titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleY: -10, format, tickCount: 5 } };
  const spec = {
    padding: { left: 4, top: 16, bottom: 4, right: narrow ? 4 : 150 },
    layer: [
      { data: { values: marks }, mark: { type: "rule", stroke: "#9aa3ab", strokeDash: [2, 3], strokeWidth: 1 }, encoding: { x: { ...x, bandPosition: 0 } } },
      { data: { values: marks }, mark: { type: "text", align: "left", baseline: "top", dx: 4, dy: 2, color: "#4a4f54", fontSize: 11 }, encoding: { x: { ...x, bandPosition: 0 }, y: { value: 0 }, text: { field: "mark" } } },
      { data: { values: data }, mark: { type: "line", strokeWidth: 2.5, invalid: "break-paths-show-domains" }, encoding: { x, y, color: colour, detail: { field: "name" }, strokeDash: { field: "name", type: "nominal", scale: { domain: names, range: [[1, 0], [8, 3], [3, 3], [10, 3, 3, 3], [1, 0]].slice(0, picked.length).concat([[5, 2]]) }, legend: null } } },
      { data: { values: data.filter((row) => row.value !== null) }, mark: { type: "point", filled: true, size: 45, opacity: 1 }, encoding: { x, y, color: colour, shape: { field: "name", type: "nominal", scale: { domain: names, range: [...SHAPES.slice(0, picked.length), "circle"] }, legend: null }, tooltip: { field: "tip" } } },
      ...(narrow ? [] : [{ data: { values: ends }, mark: { type: "text", align: "left", dx: 8, clip: false, fontWeight: 600 }, encoding: { x, y: { ...y, field: "label" }, text: { field: "name" }, color: colour } }]),
      ...(range.rows.length ? [
        { data: { values: range.rows }, mark: { type: "bar", filled: false, strokeDash: [3, 2], strokeWidth: 1.5, width: 14 }, encoding: { x, y: { ...y, field: "lower" }, y2: { field: "upper" }, stroke: colour, tooltip: { field: "tip" } } },
      ] : []),
    ],
  };
  const head = ["Area", ...periods.map((one) => when(measure, one))];
  const rows = lines.map((place) => ({
    cells: [AREAS[place].name, ...periods.map((period) => print(shown(period, place)))], place,
    ids: periods.flatMap((period) => (column(measure.id, period)[place] === null ? [] : [{ measure: measure.id, period, area: place, real }])),
  }));
  const change = [...picked, england].map((place) => {
    const held = periods.filter((period) => amount(measure, period, place, real) !== null);
    const [first, last] = [held[0], held.at(-1)];
    if (!first || !last || first === last) return `${AREAS[place].name} has figures of fewer than two periods.`;
    const [one, other] = [amount(measure, first, place, real), amount(measure, last, place, real)].map(Number);
    const points = measure.unit === "pct" ? `${grouped(Math.abs(other - one), 1)} percentage points` : one > 0 ? `${grouped(Math.abs((other / one - 1) * 100), 1)}%` : say(Math.abs(other - one), measure);
    return `${AREAS[place].name}: from ${say(one, measure)} in ${when(measure, first)} to ${say(other, measure)} in ${when(measure, last)}, ${other < one ? "down" : "up"} ${points}.`;
  });
  const latest = /** @type {string} */ (periods.at(-1));
  const now = picked.length ? placesSaid(league(measure.id, latest), picked) : [];
  const subtitle = `${when(measure, periods[0])} to ${when(measure, /** @type {string} */ (periods.at(-1)))}${real ? `, in ${DATA.prices.base} prices` : money ? ", cash" : ""}${indexed && base ? `, ${when(measure, base)} = 100` : ""}. Dotted lines mark breaks in the series.${range.rows.length ? " Open boxes: ranges that published rules leave, not published figures." : ""}${aside ? " England's total is in the table; as an index it can be drawn beside a place." : ""}`;
  const notes = [
    ...(real ? [DATA.prices.note] : []),
    ...(indexed && base === undefined ? ["There is no period in which all of these have a figure above zero: no index can be made."] : []),
    ...range.notes,
  ];
  return {
    said: [change.join(" "), ...now],
    controls: [...pick("", "Measure"), pickAreas(),
      money ? select("prices", "Prices", [["", "Cash"], ["real", `Real terms, ${DATA.prices.base} prices`]], state.prices ?? "", (prices) => go({ prices })) : null,
      checkbox("index", "As an index, first common period = 100", indexed, (on) => go({ index: on ? "1" : "" }))],
    body: [
      ...heading(title(measure), subtitle),
      narrow ? h("ul", { className: "legend" }, (aside ? picked : lines).map((place, number) => h("li", {}, h("span", { className: "line-key", style: `border-top: 3px ${place === england ? "dashed" : ["solid", "dashed", "dotted", "dashed"][number]} ${colours[number]}` }), AREAS[place].name))) : null,
      drawn(spec, `Lines of ${joined(names)}: ${measure.words}`), downloads(true),
      table(title(measure), head, rows),
      range.rows.length ? table("Years without a table: what the rules leave", ["Area", "Year", "At least", "At most", "Rank between"], range.table) : null,
      below([{ id: measure.id, periods }], picked, notes),
    ],
  };
}

/** Labels at the ends of lines, moved apart. @param {any[]} ends @param {number[]} all */
function labelled(ends, all) {
  const gap = (Math.max(...all) - Math.min(...all, 0)) / 18 || 1;
  const sorted = [...ends].sort((one, other) => one.value - other.value);
  let last = -Infinity;
  return sorted.map((row) => ({ ...row, label: (last = Math.max(row.value, last + gap)) }));
}

/** The ranges of years without a table, of the one measure that they are of. @param {Measure} measure @param {number[]} places @param {boolean} changed */
function rangesOf(measure, places, changed) {
  /** @type {{rows: any[], notes: string[], table: any[], periods: string[]}} */
  const found = { rows: [], notes: [], table: [], periods: [] };
  if (measure.id !== "nff_per_head_dfe" || changed) return found;
  for (const [period, bound] of Object.entries(DATA.bounds)) {
    for (const place of places) {
      const row = bound.rows[place];
      if (!row) continue;
      const [lower, upper, from, to] = [row[2], row[3], row[4], row[5]];
      const words = `${say(lower, measure)} to ${say(upper, measure)}`;
      found.rows.push({ period, lower, upper, name: AREAS[place].name, tip: `${AREAS[place].name}, ${period}: between ${words}, implied` });
      found.table.push({ cells: [AREAS[place].name, period, say(lower, measure), say(upper, measure), `${from} and ${to} of ${bound.universe}`] });
      if (!found.periods.includes(period)) found.periods.push(period);
    }
  }
  if (found.rows.length) found.notes.push("Open dashed bars are ranges that published rules leave for years whose table is not held here: implied, not published.");
  return found;
}

function viewAgainst() {
  const [one, other] = [measureOf("x"), measureOf("")];
  const [xp, yp] = [periodOf("x"), periodOf("")];
  const [xs, ys] = [column(one.id, xp), column(other.id, yp)];
  const picked = chosen();
  const doubts = (/** @type {number} */ place) => doubt(one.id, xp, place) || doubt(other.id, yp, place);
  const places = AREAS.flatMap((area, place) => (area.level === "authority" && xs[place] !== null && ys[place] !== null ? [place] : []));
  const x = (/** @type {number} */ place) => /** @type {number} */ (xs[place]);
  const y = (/** @type {number} */ place) => /** @type {number} */ (ys[place]);
  const mean = (/** @type {(place: number) => number} */ of) => places.reduce((sum, place) => sum + of(place), 0) / places.length;
  const [mx, my] = [mean(x), mean(y)];
  const [sxx, sxy, syy] = [mean((p) => (x(p) - mx) ** 2), mean((p) => (x(p) - mx) * (y(p) - my)), mean((p) => (y(p) - my) ** 2)];
  const slope = sxy / sxx;
  const fit = places.length > 2 && sxx > 0 && one.id !== other.id;
  const line = (/** @type {number} */ place) => my + slope * (x(place) - mx);
  const rest = (/** @type {number} */ place) => y(place) - line(place);
  const away = [...places].sort((a, b) => rest(a) - rest(b));
  const far = fit ? [...away.slice(0, 3), ...away.slice(-3)] : [];
  const [kind, group] = (state.group ?? "").split(":");
  const inGroup = (/** @type {number} */ place) => (kind === "region" ? AREAS[place].region === group : kind === "type" && AREAS[place].type === group);
  const measureRows = (/** @type {number} */ place) => [{ measure: one.id, period: xp, area: place }, { measure: other.id, period: yp, area: place }];
  seen = [one, other].flatMap((measure, at) => places.map((area) => ({ measure: measure.id, period: at ? yp : xp, area })));
  const residual = (/** @type {number} */ place) => `${say(Math.abs(rest(place)), other)}${other.unit === "pct" ? " (percentage points)" : ""} ${rest(place) < 0 ? "below" : "above"} the line`;
  const types = [...new Set(AREAS.flatMap((area) => (area.level === "authority" && area.type ? [area.type] : [])))];
  const typeWords = (/** @type {string} */ type) => ({ london: "London boroughs", metropolitan: "Metropolitan districts", unitary: "Unitary authorities", upper_tier: "Counties" })[type] ?? capital(type.replaceAll("_", " "));
  const groups = /** @type {[string, string, string?][]} */ ([["", "No group"],
    ...AREAS.filter((area) => area.level === "region").map((area) => [`region:${area.code}`, area.name, "Region"]),
    ...types.map((type) => [`type:${type}`, typeWords(type), "Type of authority"])]);
  const groupName = groups.find(([key]) => key === state.group)?.[1];
  const data = places.map((place) => ({
    x: x(place), y: y(place), name: AREAS[place].name,
    kind: picked.includes(place) ? "chosen" : inGroup(place) ? "group" : "other",
    size: picked.includes(place) ? 150 : inGroup(place) ? 90 : 45,
    tip: `${AREAS[place].name}: ${say(y(place), other)}; ${say(x(place), one)}${fit ? `; ${residual(place)}` : ""}`,
  }));
  const [low, high] = [Math.min(...places.map(x)), Math.max(...places.map(x))];
  const tall = Math.max(...places.map(y)) - Math.min(...places.map(y)) || 1;
  // Names of the chosen, then of those furthest from the line where there is room.
  /** @type {typeof data} */
  const labels = [];
  for (const row of [...data.filter((one) => one.kind === "chosen"), ...data.filter((one) => far.some((place) => AREAS[place].name === one.name))]) {
    const near = labels.some((one) => Math.abs(one.x - row.x) < (high - low) * 0.2 && Math.abs(one.y - row.y) < tall * 0.05);
    if (row.kind === "chosen" ? !labels.includes(row) : !near) labels.push(row);
  }
  const trend = [low, high].map((at) => ({ x: at, y: my + slope * (at - mx) }));
  const format = (/** @type {Measure} */ measure) => (measure.unit === "gbp" ? "~s" : ",~f");
  const wrap = (/** @type {Measure} */ measure, /** @type {string} */ period) => wrapped(`${title(measure)}, ${when(measure, period)}`, find("view").clientWidth < 560 ? 44 : 90);
  const axis = (/** @type {Measure} */ measure, /** @type {string} */ period, /** @type {boolean} */ up) => ({
    type: "quantitative", scale: { zero: false, nice: true },
    axis: { title: wrap(measure, period), format: format(measure), tickCount: 6, ...(up ? { titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleX: 0, titleY: -8, titleBaseline: "bottom" } : {}) },
  });
  const encode = { x: { field: "x", ...axis(one, xp, false) }, y: { field: "y", ...axis(other, yp, true) } };
  const spec = {
    layer: [
      ...(fit ? [{ data: { values: trend }, mark: { type: "line", stroke: "#0b0c0c", strokeWidth: 1.2, strokeDash: [5, 3] }, encoding: encode }] : []),
      { data: { values: data }, mark: { type: "point", filled: true, opacity: 1, stroke: "#fff", strokeWidth: 0.7 }, encoding: {
        ...encode, tooltip: { field: "tip" },
        color: { field: "kind", type: "nominal", legend: null, scale: { domain: ["other", "group", "chosen"], range: ["#9aa3ab", "#1d7a72", BLUE] } },
        shape: { field: "kind", type: "nominal", legend: null, scale: { domain: ["other", "group", "chosen"], range: ["circle", "diamond", "square"] } },
        size: { field: "size", type: "quantitative", legend: null, scale: null },
        order: { field: "kind", type: "nominal", sort: ["other", "group", "chosen"] } } },
      { data: { values: labels }, mark: { type: "text", dy: -11, color: "#0b0c0c", fontSize: 12 }, encoding: { ...encode, text: { field: "name" }, } },
    ],
  };
  const r = sxy / Math.sqrt(sxx * syy);
  const about = fit ? `A straight line through all ${places.length} authorities: correlation ${grouped(r, 2)}. ` : "";
  const mine = picked.filter((place) => places.includes(place)).map((place) => `${AREAS[place].name} (${say(y(place), other)} at ${say(x(place), one)})${fit ? ` is ${residual(place)}` : ""}.`);
  const ends = fit ? `Furthest below: ${joined(away.slice(0, 3).map((place) => AREAS[place].name))}; furthest above: ${joined(away.slice(-3).reverse().map((place) => AREAS[place].name))}.` : "";
  const both = `${title(other)} against ${within(one)}`;
  const order = [...away];
  const years = xp.slice(0, 4) === yp.slice(0, 4) ? [] : [`The two are of different times: ${when(one, xp)} and ${when(other, yp)}.`];
  const doubtful = places.filter(doubts);
  if (doubtful.length) years.push(`Figures of ${joined(doubtful.map((place) => AREAS[place].name))} are in the chart and the line, but their returns are doubtful.`);
  years.push("The line says what goes with what, not what causes what.");
  return {
    said: [[...mine, ends].join(" "), about.trim()],
    controls: [...pick("", "Measure, upwards"), h("div", { className: "break" }), ...pick("x", "Against, sideways"), pickAreas(),
      select("group", "Pick out a group", groups, state.group ?? "", (value) => go({ group: value })),
      h("button", { type: "button", id: "swap", className: "button", onclick: () => go({ measure: one.id, period: xp, xmeasure: other.id, xperiod: yp }) }, "Swap the two")],
    body: [
      ...heading(both, `${places.length} authorities.${fit ? " The dashed line is the straight line of best fit." : ""}${groupName && state.group ? ` Diamonds: ${groupName}.` : ""}${picked.length ? " Squares: places chosen." : ""}`),
      drawn(spec, `Dots of ${places.length} authorities: ${other.words} against ${one.words}`, 460), downloads(true),
      folded(() =>
        table(both, ["Authority", "Sideways", "Upwards", ...(fit ? ["On the line", "Above or below the line"] : [])],
          order.map((place) => ({ cells: [placeCell(place), say(x(place), one), say(y(place), other), ...(fit ? [say(line(place), other), `${rest(place) > 0 ? "+" : ""}${say(rest(place), other)}`] : [])], place, ids: measureRows(place) })))),
      below([{ id: one.id, periods: [xp] }, { id: other.id, periods: [yp] }], picked, years),
    ],
  };
}

/** Break words into lines. @param {string} words @param {number} most */
function wrapped(words, most) {
  return words.split(" ").reduce((/** @type {string[]} */ all, word) => {
    const last = all.at(-1);
    if (last !== undefined && last.length + word.length < most) all[all.length - 1] = `${last} ${word}`;
    else all.push(word);
    return all;
  }, []);
}

/** A row of a place: latest value, England, rank, and what it was. @param {Measure} measure @param {number} place */
function placeRow(measure, place) {
  const england = /** @type {number} */ (PLACES.get("england"));
  const held = measure.periods.filter((period) => column(measure.id, period)[place] !== null);
  const period = held.at(-1);
  if (!period) return null;
  const found = league(measure.id, period);
  const before = held.at(-6) ?? (held.length > 1 ? held[0] : undefined);
  const was = before ? `${say(column(measure.id, before)[place], measure)} (${when(measure, before)})` : "–";
  const link = h("a", { href: address({ view: "rank", measure: measure.id, period }) }, measure.short || measure.words);
  const noRank = doubt(measure.id, period, place);
  const ids = [place, england].filter((area) => found.values[area] !== null).map((area) => ({ measure: measure.id, period, area }));
  seen.push(...ids);
  const rank = AREAS[place].level !== "authority" ? "–" : noRank ? `none: ${noRank}` : standing(found, place) || "–";
  return { cells: [link, when(measure, period), say(found.values[place], measure), found.values[england] === null ? "–" : say(found.values[england], measure), rank, was], ids };
}

function viewPlace() {
  const england = /** @type {number} */ (PLACES.get("england"));
  const place = chosen()[0];
  seen = [];
  if (place === undefined) {
    return {
      said: ["Choose a place to see its key figures."], controls: [pickAreas()],
      body: [...heading("One authority", "Plans, funding and service of one place, with where it ranks."),
        h("ul", { className: "index-of-places" }, AREAS.flatMap((area, at) => (area.tile ? [h("li", {}, placeCell(at))] : [])))],
    };
  }
  const area = AREAS[place];
  const measure = measureOf("");
  const base = measure.kind === "rate_of_funding" ? measure.part : ratesOf(measure.id).length ? measure.id : "block";
  const amountOf = MEASURES.get(base ?? "block");
  const rates = ratesOf(base);
  const funding = [...(amountOf ? [amountOf] : []), ...rates].flatMap((one) => {
    const row = placeRow(one, place);
    if (!row) return [];
    row.cells[0] = h("a", { href: address({ view: "rank", measure: one.id, period: String(row.ids[0].period) }) }, one.kind === "rate_of_funding" ? capital(called(one)) : "Whole amount");
    return [row];
  });
  const service = SERVICE.flatMap((id) => (MEASURES.has(id) ? (placeRow(/** @type {Measure} */ (MEASURES.get(id)), place) ?? []) : []));
  const numbers = ["plans", rates.find((one) => one.per === "pupil" && !one.adjusted)?.id, "within_20_weeks_pct"].flatMap((id) => {
    const one = MEASURES.get(id ?? "");
    const held = one?.periods.filter((period) => column(one.id, period)[place] !== null) ?? [];
    const last = held.at(-1);
    if (!one || !last) return [];
    const found = league(one.id, last);
    const earlier = held.at(-6);
    const grown = one.id === "plans" && earlier && Number(found.values[england]) ? `${growth(one, earlier, last, place)} since ${when(one, earlier)}; England ${growth(one, earlier, last, england)}` : "";
    const rank = area.level !== "authority" ? "" : doubt(one.id, last, place) ? `no rank: ${doubt(one.id, last, place)}` : standing(found, place);
    const says = grown || [place === england ? "" : `England ${say(found.values[england], one)}`, rank].filter(Boolean).join("; ");
    return [h("li", {}, h("span", { className: "large" }, say(found.values[place], one)), h("span", { className: "label" }, `${one.kind === "rate_of_funding" ? `${amountOf?.short ?? ""} ${called(one)}` : one.short || one.words}, ${when(one, last)}`), h("span", { className: "says" }, says))];
  });
  const near = (area.neighbours ?? []).flatMap((code) => PLACES.get(code) ?? []);
  const bounds = Object.entries(DATA.bounds).flatMap(([year, bound]) => {
    const row = bound.rows[place];
    if (!row) return [];
    const pounds = /** @type {any} */ ({ unit: "gbp", decimals: 0 });
    const head = /** @type {any} */ ({ unit: "gbp_per_head", decimals: 0 });
    return [{ cells: [year, `${say(row[0], pounds)} to ${say(row[1], pounds)}`, `${say(row[2], head)} to ${say(row[3], head)}`, row[4] === row[5] ? `${row[4]} of ${bound.universe}` : `between ${row[4]} and ${row[5]} of ${bound.universe}`] }];
  });
  const said = DATA.reported.filter((/** @type {any} */ row) => row.area_code === area.code);
  const kinds = [area.region_name, area.changed].filter(Boolean).join(". ");
  const heads = ["What", "When", area.name, "England", "Where it ranks", "Before"];
  return {
    said: placesSaid(league(measure.id, periodOf("")), [place]),
    controls: [pickAreas(), ...pick("", "Basis of the funding")],
    body: [
      ...heading(area.name, kinds || (place === england ? "All authorities together" : "Region")),
      area.pack ? h("p", {}, h("a", { href: area.pack }, `The briefing pack of ${area.name}`)) : null,
      h("ul", { className: "numbers" }, numbers),
      funding.length ? h("section", {}, h("h3", {}, "Funding on each basis"), table(`${amountOf?.words}`, heads, funding)) : h("p", {}, `No funding of ${area.name} is in the tables held here.`),
      bounds.length ? h("section", { className: "range" }, h("h3", {}, "Years without a table"), h("p", {}, "What published rules and figures leave for the formula inside the floor and gains limit. A range, implied and not published; 1 is the lowest."),
        table("Formula inside the floor and gains limit: between what and what", ["Year", "Between", "Per head, the formula's own population", "Rank per head"], bounds)) : null,
      said.length ? h("section", {}, h("h3", {}, "Said of other years"), h("p", {}, "Single figures, as they were said: never ranked, added or drawn in a line."),
        h("ul", { className: "bullets" }, said.map((/** @type {any} */ row) => h("li", {}, `${row.words} `, row.address ? h("a", { href: row.address, rel: "noreferrer" }, "Source") : "", state.ids === "1" ? h("code", {}, ` ${row.figure_id}`) : "")))) : null,
      h("section", {}, h("h3", {}, "Plans and service"), table("Plans, requests, timeliness, settings and appeals", heads, service)),
      near.length ? h("section", {}, h("h3", {}, "Statistical neighbours"), h("p", {}, joinedLinks(near)),
        h("p", {}, h("a", { href: address({ view: "compare", areas: [place, ...near].slice(0, 5).map((one) => AREAS[one].code).join(",") }) }, `Compare ${area.name} with its nearest neighbours`))) : null,
      DATA.policy.length ? h("section", {}, h("h3", {}, "What has been decided"), h("ul", { className: "bullets" }, DATA.policy.map((/** @type {any} */ one) =>
        h("li", {}, `${one.text} `, h("span", { className: "said-by" }, "(", one.link ? h("a", { href: one.link, rel: "noreferrer" }, one.said_by) : one.said_by, ")"))))) : null,
      downloads(false),
      below([{ id: measure.id, periods: [periodOf("")] }, { id: "plans", periods: MEASURES.get("plans")?.periods.slice(-6) ?? [] }].filter(({ id }) => MEASURES.has(id)), [place]),
    ],
  };
}

/** @param {number[]} places */
function joinedLinks(places) {
  return places.flatMap((place, number) => [number ? ", " : "", placeCell(place)]);
}

/** @param {Measure} measure @param {string} from @param {string} to @param {number} place */
function growth(measure, from, to, place) {
  const [one, other] = [column(measure.id, from)[place], column(measure.id, to)[place]];
  if (one === null || other === null || one <= 0) return "not known";
  const change = (other / one - 1) * 100;
  return `${change < 0 ? "down" : "up"} ${grouped(Math.abs(change), 1)}%`;
}

function viewCompare() {
  const [measure, period] = [measureOf(""), periodOf("")];
  const england = /** @type {number} */ (PLACES.get("england"));
  const picked = chosen().filter((place) => place !== england);
  const places = [...picked, england];
  const found = league(measure.id, period);
  seen = places.map((area) => ({ measure: measure.id, period, area }));
  const data = places.map((place) => ({
    name: AREAS[place].name, value: found.values[place], words: found.values[place] === null ? "no figure" : say(found.values[place], measure),
    kind: place === england ? "England" : AREAS[place].code, tip: `${AREAS[place].name}: ${say(found.values[place], measure)}`,
  }));
  const narrow = find("view").clientWidth < 560;
  const y = { field: "name", type: "ordinal", sort: null, axis: { title: null, labelLimit: narrow ? 110 : 220, ticks: false, domain: false, labelFontSize: 14, labelColor: "#0b0c0c" } };
  const most = Math.max(0, ...data.map((row) => row.value ?? 0));
  const least = Math.min(0, ...data.map((row) => row.value ?? 0));
  const x = { field: "value", type: "quantitative", axis: null, scale: { domain: [least, most * (narrow ? 1.4 : 1.22) || 1] } };
  const spec = {
    layer: [
      { data: { values: data }, mark: { type: "bar", height: { band: 0.62 } }, encoding: { x, y, tooltip: { field: "tip" }, color: { condition: { test: "datum.kind === 'England'", value: "#9aa3ab" }, value: BLUE } } },
      { data: { values: data.map((row) => ({ ...row, value: row.value ?? 0 })) }, mark: { type: "text", align: "left", dx: 5, fontSize: 14 }, encoding: { x, y, text: { field: "words" } } },
    ],
  };
  const rates = ratesOf(measure.kind === "rate_of_funding" ? measure.part : "block").filter((one) => !one.adjusted);
  const list = [...rates, ...SERVICE.flatMap((id) => MEASURES.get(id) ?? [])];
  const rows = list.flatMap((one) => {
    const last = [...one.periods].reverse().find((each) => places.some((place) => column(one.id, each)[place] !== null));
    if (!last) return [];
    const ids = places.filter((place) => column(one.id, last)[place] !== null).map((area) => ({ measure: one.id, period: last, area }));
    const table_ = league(one.id, last);
    const name = one.kind === "rate_of_funding" ? `${MEASURES.get(one.part ?? "")?.short ?? ""} ${called(one)}` : one.short || one.words;
    const link = h("a", { href: address({ measure: one.id, period: last }) }, name);
    return [{ ids, cells: [link, when(one, last), ...places.map((place) => {
      const value = table_.values[place];
      if (value === null) return "–";
      const rank = AREAS[place].level !== "authority" ? "" : doubt(one.id, last, place) ? "no rank" : standing(table_, place, true);
      return h("span", {}, say(value, one), rank ? h("span", { className: "under" }, rank) : null);
    })] }];
  });
  return {
    said: picked.length ? placesSaid(found, picked) : ["Choose up to five places to compare.", endsSentence(found)],
    controls: [...pick("", "Measure"), pickAreas()],
    body: [
      ...heading(title(measure), `${when(measure, period)}. ${picked.length ? `${joined(picked.map((place) => AREAS[place].name))} beside England.` : "England."}`),
      drawn(spec, `Bars of ${joined(places.map((place) => AREAS[place].name))}: ${measure.words}`, 44 * places.length + 16), downloads(true),
      table(`${title(measure)}, ${when(measure, period)}`, ["Area", "Value", "Where it ranks"], places.map((place) => ({
        cells: [placeCell(place), say(found.values[place], measure), AREAS[place].level === "authority" && found.rank[place] !== null && !doubt(measure.id, period, place) ? standing(found, place) : "–"],
        ids: [{ measure: measure.id, period, area: place }],
      }))),
      table("Key figures side by side, the latest of each", ["What", "When", ...places.map((place) => AREAS[place].name)], rows),
      below([{ id: measure.id, periods: [period] }], picked),
    ],
  };
}

// The page.

/** @type {Record<string, () => {said: string[], controls: any[], body: any[]}>} */
const DRAW = { map: viewMap, rank: viewRank, time: viewTime, against: viewAgainst, place: viewPlace, compare: viewCompare };

/** Show what the address says, keeping the reader's place. */
function show() {
  const began = performance.now();
  readAddress();
  const focused = document.activeElement;
  const id = focused?.id ?? "";
  const inside = Boolean(focused?.closest("#view, #controls"));
  const caret = focused instanceof HTMLInputElement && focused.type !== "checkbox" ? focused.selectionStart : null;
  const open = new Set([...document.querySelectorAll("#view details[open]")].map((one) => one.id));
  drawing += 1;
  const { said, controls, body } = DRAW[state.view]();
  for (const link of document.querySelectorAll("#views a")) {
    const view = /** @type {HTMLElement} */ (link).dataset.view ?? "";
    link.setAttribute("href", address({ view }));
    if (view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  find("controls").replaceChildren(...controls.filter(Boolean));
  tell(said);
  find("view").replaceChildren(...body.filter(Boolean));
  for (const details of document.querySelectorAll("#view details")) if (open.has(details.id)) /** @type {any} */ (details).open = true;
  document.title = `${find("title").textContent}: ${VIEWS[/** @type {keyof typeof VIEWS} */ (state.view)]}, high needs funding explorer`;
  if (inside && !find(id)) find("title").focus();
  else if (id && document.activeElement?.id !== id) {
    find(id)?.focus({ preventScroll: true });
    if (caret !== null && find(id)?.setSelectionRange) find(id).setSelectionRange(caret, caret);
  }
  performance.measure("hnf-show", { start: began, end: performance.now() });
}

/** The text of a part of the page that is kept packed. @param {string} id @returns {Promise<string>} */
async function unpack(id) {
  const packed = Uint8Array.from(atob(find(id).textContent.trim()), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

unpack("hnf-data").then((text) => {
  DATA = JSON.parse(text);
  AREAS = DATA.areas;
  MEASURES = new Map(DATA.measures.map((/** @type {Measure} */ one) => [one.id, one]));
  PLACES = new Map(AREAS.map((area, place) => [area.code, place]));
  find("names").replaceChildren(...AREAS.map((_, place) => h("option", { value: listed(place) })));
  document.documentElement.dataset.ready = "1";
  addEventListener("hashchange", show);
  let wide = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === wide) return;
    wide = innerWidth;
    show();
  });
  show();
  performance.mark("hnf-first-picture");
});
