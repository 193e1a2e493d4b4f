// @ts-check
// The explorer, first part of four (figures, parts, charts, views): what the page holds, values, changes and ranks by the
// arithmetic of `hnf`, how they are said, and the address after # that says what is shown, so that a view can be sent.

/** @typedef {{code: string, name: string, prose: string, level: string, region?: string, region_name?: string,
 *   type?: string, neighbours?: string[], tile: number[]|null, aliases?: string[], gss?: string, changed?: string, closed?: string,
 *   label?: string, pack?: string}} Area */
/** @typedef {{id: string, words: string, short?: string, unit: string, decimals: number, group: string, main?: boolean,
 *   period_kind: string, periods: string[], figure: string, basis: string, kind: string, note?: string, part?: string,
 *   times?: number, over?: (string[]|null)[], per?: string, population?: string, adjusted?: boolean, of?: string,
 *   since?: string, per_words?: string[], breaks?: {before: string, until: string, words: string, mark: string, at?: string}[]}} Measure */
/** @typedef {{measure: Measure, period: string, values: (number|null)[], count: number, median: number|null,
 *   rank: (number|null)[], tied: (number|null)[], order: number[]}} League */
/** @typedef {Record<string, string>} State */
/** @typedef {string|number|null|Node} Cell */
/** @typedef {{measure: string, period: string, area: number, value?: number|null, real?: boolean}} Row */

const BLUE = "#12436d";
/** Colours of up to five places, each told apart by its dash and its mark as well. */
const COLOURS = ["#12436d", "#801650", "#1d7a72", "#b8430b", "#5b4a8a"];
const SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down"];
const SHADES = ["#dfe8f0", "#b3cadd", "#7ea5c6", "#3b719f", "#12436d"];
const LETTERS = ["#0b0c0c", "#0b0c0c", "#0b0c0c", "#fff", "#fff"];
const FONT = '"Source Sans 3", "Pack Sans", Helvetica, Arial, sans-serif';
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
/** The place of England among the areas. */
let ENGLAND = 0;
/** @type {State} */
let state = {};
/** Rows of what is seen, for the file. @type {Row[]} */
let seen = [];
/** @type {number|undefined} */
let playing;

// Small helpers.

/** Round half away from zero, as the packs do. @param {number} value @param {number} places */
function rounded(value, places) {
  const [digits, power = "0"] = String(Math.abs(value)).split("e");
  const [number, more = "0"] = String(Math.round(Number(`${digits}e${Number(power) + places}`))).split("e");
  return Math.sign(value) * Number(`${number}e${Number(more) - places}`);
}

/** By decimals: making one takes longer than using it. @type {Intl.NumberFormat[]} */
const formats = [];

/** @param {number} value @param {number} places */
function grouped(value, places) {
  formats[places] ??= new Intl.NumberFormat("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
  return formats[places].format(rounded(value, places));
}

/**
 * A value in words of its unit.
 * @param {number|null} value
 * @param {Measure} measure
 */
function say(value, measure) {
  if (value === null) return "no figure";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : measure.kind === "change" ? "+" : "";
  if (measure.unit === "gbp" && size >= 999.95e6) return `${sign}£${grouped(size / 1e9, 2)} billion`;
  if (measure.unit === "gbp" && size >= 1e6) return `${sign}£${grouped(size / 1e6, 1)} million`;
  if (measure.unit.startsWith("gbp")) return `${sign}£${grouped(size, 0)}`;
  if (measure.unit === "points") return `${sign}${grouped(size, 1)} percentage points`;
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

/** The words of a measure within a sentence. @param {Measure} measure @param {string} [words] */
function within(measure, words = title(measure)) {
  return /^(EHC|SEN|DSG|[A-Z]{2})/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
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

// Figures.

/** @type {Map<string, (number|null)[]>} */
const columns = new Map();
/** @type {Map<string, League>} */
const leagues = new Map();
/** @type {Map<string, Measure>} */
const changes = new Map();

/**
 * A measure by its id. "plans~2019" is the change of `plans` since 2019: of percentages in percentage points, else in per
 * cent; pounds in cash.
 * @param {string} id
 * @returns {Measure}
 */
function measureBy(id) {
  const known = MEASURES.get(id) ?? changes.get(id);
  if (known) return known;
  const [of, since] = id.split("~");
  const level = /** @type {Measure} */ (MEASURES.get(of));
  /** @type {Measure} */
  const made = {
    ...level, id, of, since, kind: "change", basis: "derived", unit: level.unit === "pct" ? "points" : "pct", decimals: 1,
    periods: level.periods.filter((one) => one > since), breaks: level.breaks?.filter((one) => one.until > since),
    part: undefined, over: undefined, per_words: undefined,
  };
  made.words = title(made);
  made.short = brief(made);
  made.note = `The value of the period less that of ${when(level, since)}${made.unit === "pct" ? ", over that of the earlier" : ""}`;
  changes.set(id, made);
  return made;
}

/** The measure and the periods that a figure is made of. @param {Measure} measure @param {string} period @returns {[string, string][]} */
const ends = ({ id, of, since }, period) => (of && since ? [[of, since], [of, period]] : [[id, period]]);

/** A measure in a heading: a rate without what is behind it, which stands under the chart. @param {Measure} measure @returns {string} */
function title(measure) {
  const level = MEASURES.get(measure.of ?? "");
  if (level) return `${title(level)}, change since ${when(level, measure.since ?? "")}${level.unit.startsWith("gbp") ? " in cash" : ""}`;
  if (measure.kind !== "rate_of_funding") return measure.words;
  return `${MEASURES.get(measure.part ?? "")?.words ?? measure.words} ${called(measure)}`;
}

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
  const measure = id.includes("~") ? measureBy(id) : MEASURES.get(id);
  const at = measure ? measure.periods.indexOf(period) : -1;
  /** @type {(number|null)[]} */
  let found = new Array(AREAS.length).fill(null);
  if (measure && at >= 0) {
    if (measure.kind === "published") found = DATA.values[id][at];
    else if (measure.of && measure.since) {
      const before = column(measure.of, measure.since);
      found = column(measure.of, period).map((value, place) => {
        const start = before[place];
        if (value === null || start === null) return null;
        if (measure.unit === "points") return value - start;
        return start > 0 ? (value / start - 1) * 100 : null;
      });
    } else {
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
  const measure = measureBy(id);
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

/** Why a value is no headline, of a change that of either end. @param {string} id @param {string} period @param {number} place */
function doubt(id, period, place) {
  const kind = ends(measureBy(id), period).map(([one, time]) => about("doubts", one, time, place)).find(Boolean);
  return kind ? DATA.unranked[kind] : "";
}

/** What is odd about a value, of a change about the end named. @param {string} id @param {string} period @param {number} place @returns {string} */
function remark(id, period, place) {
  const number = about("flags", id, period, place);
  return number === undefined ? "" : DATA.reasons[number];
}

/** Why there is no value. @param {string} id @param {string} period @param {number} place @returns {string} */
function reason(id, period, place) {
  const { of, since } = measureBy(id);
  if (of && since) {
    if (column(of, since)[place] === null) return `${since}: ${reason(of, since, place)}`;
    return column(of, period)[place] === null ? reason(of, period, place) : "nothing at the start";
  }
  const number = about("why", id, period, place);
  return number === undefined ? `the published table does not list ${AREAS[place].prose}` : DATA.reasons[number];
}

/** @param {Row} row */
function figureId({ measure, period, area, real }) {
  const { figure, since } = measureBy(measure);
  const id = (since ? DATA.ids.change : DATA.ids.value)
    .replace("{since}", since)
    .replace("{period}", period)
    .replace("{figure}", figure)
    .replace("{area}", AREAS[area].code);
  return real ? `${id.replace("rate:", "realvalue:")}:${DATA.prices.base}` : id;
}

/** How a period is said; of a change as its end. @param {Measure} measure @param {string} period @returns {string} */
function when(measure, period) {
  if (measure.of) return `to ${when(/** @type {Measure} */ (MEASURES.get(measure.of)), period)}`;
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

/** A measure in few words. @param {Measure} measure @returns {string} */
function brief(measure) {
  if (measure.kind === "rate_of_funding") return `${MEASURES.get(measure.part ?? "")?.short ?? "Funding"} ${called(measure)}`;
  const level = MEASURES.get(measure.of ?? "");
  return level ? `${brief(level)}${title(measure).slice(title(level).length)}` : called(measure);
}

/** The rates of one amount. @param {string|undefined} base @returns {Measure[]} */
const ratesOf = (base) =>
  [...MEASURES.values()].filter((one) => one.kind === "rate_of_funding" && one.part === base);

// What is chosen.

/** @returns {number[]} */
function chosen() {
  return (state.areas ?? "").split(",").flatMap((code) => PLACES.get(code) ?? []);
}

/** The measure chosen, before any change of it is asked for. @param {string} prefix @returns {Measure} */
const levelOf = (prefix) => /** @type {Measure} */ (MEASURES.get(state[`${prefix}measure`]));

/** Views that show changes: there are no ranks of them on a page of some areas only. */
const showsChanges = () => !DATA.among && !["time", "place"].includes(state.view);

/** @param {string} prefix @returns {Measure} */
function measureOf(prefix) {
  const since = showsChanges() ? state[`${prefix}since`] : "";
  return since ? measureBy(`${levelOf(prefix).id}~${since}`) : levelOf(prefix);
}

/** @param {string} prefix @returns {string} */
const periodOf = (prefix) => state[`${prefix}period`];

/** Read the address after #, and put in what it leaves out or gets wrong. */
function readAddress() {
  state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (!(state.view in OWN)) state.view = "map";
  for (const [prefix, usual] of [["", "block_per_pupil"], ["x", "plans_per_1000_2_18"]]) {
    if (!MEASURES.has(state[`${prefix}measure`])) {
      state[`${prefix}measure`] = MEASURES.has(usual) ? usual : [...MEASURES.keys()][0];
    }
    const { periods } = levelOf(prefix);
    const same = (/** @type {string|undefined} */ one) => periods.find((period) => period.slice(0, 4) === (one || "none").slice(0, 4));
    if (!periods.includes(periodOf(prefix))) {
      const latest = /** @type {string} */ (periods.at(-1));
      state[`${prefix}period`] = same(prefix ? periodOf("") : state.period) ?? latest;
    }
    const since = same(state[`${prefix}since`]) ?? "";
    state[`${prefix}since`] = since < periodOf(prefix) ? since : "";
  }
  state.areas = [...new Set(chosen())].map((place) => AREAS[place].code).slice(0, 5).join(",");
}

/** What each view keeps in the address, beside measure, period and areas. @type {Record<string, string[]>} */
const OWN = {
  map: ["since"], rank: ["since", "order", "search", "region"], time: ["prices", "index"], place: [], compare: ["since"],
  against: ["since", "xmeasure", "xperiod", "xsince", "group"],
};

/** The address of a view. @param {Partial<State>} change */
function address(change) {
  const next = { ...state, ...change };
  const params = new URLSearchParams(/** @type {any} */ ({ view: next.view, measure: next.measure, period: next.period }));
  for (const name of ["areas", "ids", ...OWN[next.view ?? ""]]) if (next[name]) params.set(name, next[name]);
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

