// @ts-check
// The views, and what happens when the address changes.

// Views.

/** @param {string} words @param {string} more */
function heading(words, more) {
  return [h("h2", { id: "title", tabIndex: -1 }, words), h("p", { className: "subtitle", id: "subtitle" }, more)];
}

/** The rank table of a measure. @param {League} found @param {number[]} places in the order to list them */
function rankRows(found, places) {
  const { measure, period, values, rank, tied } = found;
  return places.map((place) => {
    const flag = ends(measure, period).some(([id, one]) => remark(id, one, place)) ? " *" : "";
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
  const play = measure.periods.length < 2 ? null : h("button", {
    type: "button", id: "play", className: "button",
    onclick: () => {
      if (still) return go({ period: measure.periods[(measure.periods.indexOf(period) + 1) % measure.periods.length] });
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
      ...heading(title(measure), capital(`${when(measure, period)}, ${found.count} authorities, in fifths: a square each, darker where it is higher.`)),
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
  const flagged = places.some((place) => ends(measure, period).some(([id, one]) => remark(id, one, place)));
  return {
    said: [endsSentence(found), ...picked.map((place, number) => placeSentence(measure.id, period, place, number > 0))],
    controls: [...pick("", "Measure"), pickAreas()],
    body: [
      ...heading(title(measure), `${capital(when(measure, period))}. Each dot is one of ${found.count} authorities, from the lowest to the highest.`),
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
  const picked = chosen().filter((place) => place !== ENGLAND).slice(0, 4);
  const money = measure.unit.startsWith("gbp") && measure.period_kind === "financial year";
  const real = money && state.prices === "real";
  const indexed = state.index === "1";
  const lines = [...picked, ENGLAND];
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
  const data = (aside ? picked : lines).flatMap((place, number) => periods.map((period) => ({
    name: AREAS[place].name, period, value: shown(period, place), number,
    tip: `${AREAS[place].name}, ${when(measure, period)}: ${print(shown(period, place))}`,
  })));
  const unit = indexed ? `Index, ${base ?? ""} = 100` : measure.unit === "pct" ? "%" : measure.unit.startsWith("gbp") ? "£" : "";
  const range = rangesOf(measure, picked, indexed || real);
  const spec = lineChart(measure, lines, data, { unit, zero: !indexed && measure.unit !== "pct", format: measure.unit === "gbp" && !indexed ? "~s" : ",~f", range });
  const head = ["Area", ...periods.map((one) => when(measure, one))];
  const rows = lines.map((place) => ({
    cells: [AREAS[place].name, ...periods.map((period) => print(shown(period, place)))], place,
    ids: periods.flatMap((period) => (column(measure.id, period)[place] === null ? [] : [{ measure: measure.id, period, area: place, real }])),
  }));
  const change = [...picked, ENGLAND].map((place) => {
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
      lineKey(aside ? picked : lines),
      drawn(spec, `Lines of ${joined(lines.map((place) => AREAS[place].name))}: ${measure.words}`), downloads(true),
      table(title(measure), head, rows),
      range.rows.length ? table("Years without a table: what the rules leave", ["Area", "Year", "At least", "At most", "Rank between"], range.table) : null,
      below([{ id: measure.id, periods }], picked, notes),
    ],
  };
}

/** Whether names are in a key above the lines, for want of room beside them. */
const isNarrow = () => find("view").clientWidth < 560;

/** @param {number[]} places @param {number} number the place in the list */
const isEngland = (places, number) => places[number] === ENGLAND;

/** The key of lines on a narrow screen. @param {number[]} places */
function lineKey(places) {
  if (!isNarrow()) return null;
  return h("ul", { className: "legend" }, places.map((place, number) => {
    const look = isEngland(places, number) ? "dashed #4a4f54" : `${["solid", "dashed", "dotted", "dashed"][number]} ${COLOURS[number]}`;
    return h("li", {}, h("span", { className: "line-key", style: `border-top: 3px ${look}` }), AREAS[place].name);
  }));
}

/**
 * Lines of places over the periods of a measure, each with its colour, dash and mark, named at its end.
 * @param {Measure} measure @param {number[]} places England last
 * @param {{name: string, period: string, value: number|null, number: number, tip: string}[]} data
 * @param {{unit: string, zero: boolean, format: string, range?: {rows: any[], periods: string[]}}} how
 */
function lineChart(measure, places, data, { unit, zero, format, range = { rows: [], periods: [] } }) {
  const names = places.map((place) => AREAS[place].name);
  const periods = [...new Set(data.map((row) => row.period))];
  const marks = (measure.breaks ?? []).filter((one) => periods.includes(one.before) && one.before !== periods[0])
    .map((one) => ({ period: one.at && periods.includes(one.at) ? one.at : one.before, mark: one.mark || "Break" }));
  const last = new Map(data.filter((row) => row.value !== null).map((row) => [row.number, row]));
  const named = isNarrow() ? [] : labelled([...last.values()], data.flatMap((row) => (row.value === null ? [] : [row.value])));
  /** @param {any[]} own @param {any} ofEngland */
  const looks = (own, ofEngland) => ({ domain: names, range: places.map((_, number) => (isEngland(places, number) ? ofEngland : own[number])) });
  const color = { field: "name", type: "nominal", scale: looks(COLOURS, "#4a4f54"), legend: null };
  const strokeDash = { field: "name", type: "nominal", scale: looks([[1, 0], [8, 3], [3, 3], [10, 3, 3, 3], [1, 0]], [5, 2]), legend: null };
  const shape = { field: "name", type: "nominal", scale: looks(SHAPES, "circle"), legend: null };
  const x = { field: "period", type: "ordinal", sort: null, axis: { title: null, labelAngle: 0, labelOverlap: true, labelFlush: false, grid: false }, scale: { domain: [...periods, ...range.periods] } };
  const y = { field: "value", type: "quantitative", scale: { zero, nice: true }, axis: { title: unit || null, titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleY: -10, format, tickCount: 5 } };
  const atBreak = { ...x, bandPosition: 0 };
  return {
    padding: { left: 4, top: 16, bottom: 4, right: 8 },
    layer: [
      { data: { values: marks }, mark: { type: "rule", stroke: "#9aa3ab", strokeDash: [2, 3], strokeWidth: 1 }, encoding: { x: atBreak } },
      { data: { values: marks }, mark: { type: "text", align: "left", baseline: "top", dx: 4, dy: 2, color: "#4a4f54", fontSize: 11 }, encoding: { x: atBreak, y: { value: 0 }, text: { field: "mark" } } },
      { data: { values: data }, mark: { type: "line", strokeWidth: 2.5, invalid: "break-paths-show-domains" }, encoding: { x, y, color, strokeDash, detail: { field: "name" } } },
      { data: { values: data.filter((row) => row.value !== null) }, mark: { type: "point", filled: true, size: 45, opacity: 1 }, encoding: { x, y, color, shape, tooltip: { field: "tip" } } },
      { data: { values: named }, mark: { type: "text", align: "left", dx: 8, clip: false, fontWeight: 600 }, encoding: { x, y: { ...y, field: "label" }, text: { field: "name" }, color } },
      { data: { values: range.rows }, mark: { type: "bar", filled: false, strokeDash: [3, 2], strokeWidth: 1.5, width: 14 }, encoding: { x, y: { ...y, field: "lower" }, y2: { field: "upper" }, stroke: color, tooltip: { field: "tip" } } },
    ].filter((one) => one.data.values.length),
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
  const order = [...places].sort((a, b) => rest(a) - rest(b));
  const far = fit ? [...order.slice(0, 3), ...order.slice(-3)] : [];
  const [kind, group] = (state.group ?? "").split(":");
  const inGroup = (/** @type {number} */ place) => (kind === "region" ? AREAS[place].region === group : kind === "type" && AREAS[place].type === group);
  const measureRows = (/** @type {number} */ place) => [{ measure: one.id, period: xp, area: place }, { measure: other.id, period: yp, area: place }];
  seen = [one, other].flatMap((measure, at) => places.map((area) => ({ measure: measure.id, period: at ? yp : xp, area })));
  // A distance from the line: of percentages and of changes in percentage points.
  const away = (/** @type {number} */ place) => say(Math.abs(rest(place)), { ...other, kind: "", unit: other.unit === "pct" ? "points" : other.unit });
  const residual = (/** @type {number} */ place) => `${away(place)} ${rest(place) < 0 ? "below" : "above"} the line`;
  const types = [...new Set(AREAS.flatMap((area) => (area.level === "authority" && area.type ? [area.type] : [])))];
  const typeWords = (/** @type {string} */ type) => ({ london: "London boroughs", metropolitan: "Metropolitan districts", unitary: "Unitary authorities", upper_tier: "Counties" })[type] ?? capital(type.replaceAll("_", " "));
  const groups = /** @type {[string, string, string?][]} */ ([["", "No group"],
    ...AREAS.filter((area) => area.level === "region").map((area) => [`region:${area.code}`, area.name, "Region"]),
    ...types.map((type) => [`type:${type}`, typeWords(type), "Type of authority"])]);
  const groupName = groups.find(([key]) => key === state.group)?.[1];
  const rankOf = { other: 0, group: 1, chosen: 2 };
  const data = places.map((place) => ({
    x: x(place), y: y(place), name: AREAS[place].name,
    kind: /** @type {"other"|"group"|"chosen"} */ (picked.includes(place) ? "chosen" : inGroup(place) ? "group" : "other"),
    size: picked.includes(place) ? 150 : inGroup(place) ? 90 : 45,
    tip: `${AREAS[place].name}: ${say(y(place), other)}; ${say(x(place), one)}${fit ? `; ${residual(place)}` : ""}`,
  })).sort((a, b) => rankOf[a.kind] - rankOf[b.kind]);
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
  const axis = (/** @type {Measure} */ measure, /** @type {string} */ period, /** @type {boolean} */ up) => {
    const words = wrapped(`${title(measure)}, ${when(measure, period)}`, Math.floor(find("view").clientWidth / 7.5));
    const above = { titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleX: 0, titleY: 6 - words.length * 16, titleBaseline: "bottom" };
    return { type: "quantitative", scale: { zero: false, nice: true, padding: up ? 20 : 8 }, axis: { title: words, format: format(measure), tickCount: 6, ...(up ? above : {}) } };
  };
  const encode = { x: { field: "x", ...axis(one, xp, false) }, y: { field: "y", ...axis(other, yp, true) } };
  const spec = {
    layer: [
      ...(fit ? [{ data: { values: trend }, mark: { type: "line", stroke: "#0b0c0c", strokeWidth: 1.2, strokeDash: [5, 3] }, encoding: encode }] : []),
      { data: { values: data }, mark: { type: "point", filled: true, opacity: 1, stroke: "#fff", strokeWidth: 0.7 }, encoding: {
        ...encode, tooltip: { field: "tip" },
        color: { field: "kind", type: "nominal", legend: null, scale: { domain: ["other", "group", "chosen"], range: ["#9aa3ab", "#1d7a72", BLUE] } },
        shape: { field: "kind", type: "nominal", legend: null, scale: { domain: ["other", "group", "chosen"], range: ["circle", "diamond", "square"] } },
        size: { field: "size", type: "quantitative", legend: null, scale: null } } },
      // A white edge keeps the names legible over the dots.
      ...[{ stroke: "#fff", strokeWidth: 4, strokeJoin: "round" }, { color: "#0b0c0c" }].map((look) => (
        { data: { values: labels }, mark: { type: "text", dy: -12, fontSize: 12.5, fontWeight: 600, ...look }, encoding: { ...encode, text: { field: "name" } } })),
    ],
  };
  const r = sxy / Math.sqrt(sxx * syy);
  const about = fit ? `A straight line through all ${places.length} authorities: correlation ${r < 0 ? "−" : ""}${grouped(Math.abs(r), 2)}. ` : "";
  const mine = picked.filter((place) => places.includes(place)).map((place) => `${AREAS[place].name} (${say(y(place), other)} at ${say(x(place), one)})${fit ? ` is ${residual(place)}` : ""}.`);
  const names = (/** @type {number[]} */ list) => joined(list.map((place) => AREAS[place].name));
  const furthest = fit ? `Furthest below: ${names(order.slice(0, 3))}; furthest above: ${names(order.slice(-3).reverse())}.` : "";
  // Who is in opposite fifths of the two.
  const [ups, asides] = [league(other.id, yp), league(one.id, xp)];
  const opposite = one.id === other.id || DATA.among ? [] : [["lowest", "highest"], ["highest", "lowest"]].map(([up, aside]) => {
    const at = (/** @type {string} */ end) => (end === "lowest" ? 0 : 4);
    const both = places.filter((place) => !doubts(place) && fifth(ups, place) === at(up) && fifth(asides, place) === at(aside));
    const who = both.length > 12 ? `${names(both.slice(0, 12))}, and ${both.length - 12} others` : names(both) || "none";
    return `In the ${up} fifth of ${within(other, brief(other))}, and the ${aside} of ${within(one, brief(one))}: ${who}.`;
  });
  const both = `${title(other)} against ${within(one)}`;
  const years = xp.slice(0, 4) === yp.slice(0, 4) ? [] : [`The two are of different times: ${when(one, xp)} and ${when(other, yp)}.`];
  const doubtful = places.filter(doubts);
  if (doubtful.length) years.push(`Figures of ${joined(doubtful.map((place) => AREAS[place].name))} are in the chart and the line, but their returns are doubtful.`);
  years.push("The line says what goes with what, not what causes what.");
  return {
    said: [mine.join(" "), `${about}${furthest}`, ...opposite],
    controls: [...pick("", "Measure, upwards"), h("div", { className: "break" }), ...pick("x", "Against, sideways"), pickAreas(),
      select("group", "Pick out a group", groups, state.group ?? "", (value) => go({ group: value })),
      h("button", { type: "button", id: "swap", className: "button", onclick: () => go({ measure: state.xmeasure, period: xp, since: state.xsince, xmeasure: state.measure, xperiod: yp, xsince: state.since }) }, "Swap the two")],
    body: [
      ...heading(both, `${places.length} authorities.${fit ? " The dashed line is the straight line of best fit." : ""}${groupName && state.group ? ` Diamonds: ${groupName}.` : ""}${picked.length ? " Squares: places chosen." : ""}`),
      places.length ? drawn(spec, `Dots of ${places.length} authorities: ${other.words} against ${one.words}`, 460) : h("p", {}, "No authority has both figures."),
      downloads(places.length > 0),
      folded(() =>
        table(both, ["Authority", "Sideways", "Upwards", ...(fit ? ["On the line", "Above or below the line"] : [])],
          order.map((place) => ({ cells: [placeCell(place), say(x(place), one), say(y(place), other), ...(fit ? [say(line(place), other), `${rest(place) > 0 ? "+" : "−"}${away(place)}`] : [])], place, ids: measureRows(place) })))),
      below([{ id: one.id, periods: [xp] }, { id: other.id, periods: [yp] }], picked, years),
    ],
  };
}

/** A row of a place: latest value, England, rank, and what it was. @param {Measure} measure @param {number} place */
function placeRow(measure, place) {
  const held = measure.periods.filter((period) => column(measure.id, period)[place] !== null);
  const period = held.at(-1);
  if (!period) return null;
  const found = league(measure.id, period);
  const before = held.at(-6) ?? (held.length > 1 ? held[0] : undefined);
  const was = before ? h("span", {}, say(column(measure.id, before)[place], measure), h("span", { className: "under" }, when(measure, before))) : "–";
  const link = h("a", { href: address({ view: "rank", measure: measure.id, period }) }, measure.short || measure.words);
  const noRank = doubt(measure.id, period, place);
  const ids = [place, ENGLAND].filter((area) => found.values[area] !== null).map((area) => ({ measure: measure.id, period, area }));
  seen.push(...ids);
  const rank = AREAS[place].level !== "authority" ? "–" : noRank ? `none: ${noRank}` : standing(found, place) || "–";
  return { cells: [link, when(measure, period), say(found.values[place], measure), found.values[ENGLAND] === null ? "–" : say(found.values[ENGLAND], measure), rank, was], ids };
}

/** The first page of the place's pack: sentences as the pack has them, each with what it rests on. @param {number} place */
function front(place) {
  const page = DATA.front[place];
  if (!page || page.none) return { top: [page ? h("p", { className: "subtitle" }, `${capital(AREAS[place].prose)} has no pack: ${page.none}.`) : null], why: null, since: null };
  const ids = state.ids === "1";
  /** @param {any} sentence @param {string} [className] */
  const said = (sentence, className = "") => [h("p", { className }, sentence.text),
    sentence.basis || ids ? h("p", { className: "small" }, sentence.basis, ids ? sentence.ids.flatMap((/** @type {string} */ id) => [" ", h("code", {}, id)]) : null) : null];
  const numbers = page.numbers.map((/** @type {any} */ one) => h("li", {},
    h("span", { className: "large" }, one.large), h("span", { className: "label" }, one.label), h("span", { className: "says" }, one.says.text)));
  const section = (/** @type {string} */ heading, /** @type {any[]} */ sentences) => (sentences.length
    ? h("section", {}, h("h3", {}, heading), sentences.flatMap((one) => said(one))) : null);
  return {
    top: [...said(page.message, "message"), h("p", { className: "subtitle" }, page.as_at), h("ul", { className: "numbers" }, numbers)],
    why: section("Why it gets what it gets", page.why),
    since: section(page.since_title, page.since),
  };
}

/** Plans of a place and of England, the first January of the pack = 100. @param {number} place */
function needChart(place) {
  const plans = MEASURES.get("plans");
  if (!plans || place === ENGLAND) return null;
  const lines = [place, ENGLAND];
  // The pack says of few plans that they make no meaningful percentage.
  const page = DATA.front[place];
  if (page && !page.first) return null;
  const first = page?.first ?? plans.periods[0];
  const base = plans.periods.find((one) => one >= first && lines.every((area) => (column("plans", one)[area] ?? 0) > 0));
  if (!base || base === plans.periods.at(-1)) return null;
  const data = lines.flatMap((area, number) => plans.periods.filter((one) => one >= base).map((period) => {
    const value = column("plans", period)[area];
    const index = value === null ? null : (value / /** @type {number} */ (column("plans", base)[area])) * 100;
    return { name: AREAS[area].name, period, value: index, number, tip: `${AREAS[area].name}, ${when(plans, period)}: ${say(value, plans)}${index === null ? "" : `, index ${grouped(index, 1)}`}` };
  }));
  const how = { unit: `Index, ${base} = 100`, zero: false, format: ",~f" };
  const link = h("a", { href: address({ view: "time", measure: "plans", areas: AREAS[place].code, index: "1" }) }, "The figures, over time");
  return h("section", {}, h("h3", {}, `EHC plans since ${when(plans, base)}`), lineKey(lines),
    drawn(lineChart(plans, lines, data, how), `Lines of ${joined(lines.map((area) => AREAS[area].name))}: ${plans.words}`, 260, "need"), h("p", {}, link));
}

function viewPlace() {
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
  const [measure, period] = [measureOf(""), periodOf("")];
  const base = measure.kind === "rate_of_funding" ? measure.part : ratesOf(measure.id).length ? measure.id : "block";
  const amountOf = MEASURES.get(base ?? "block");
  const funding = [...(amountOf ? [amountOf] : []), ...ratesOf(base)].flatMap((one) => {
    const row = placeRow(one, place);
    if (!row) return [];
    row.cells[0] = h("a", { href: address({ view: "rank", measure: one.id, period: String(row.ids[0].period) }) }, one.kind === "rate_of_funding" ? capital(called(one)) : "Whole amount");
    return [row];
  });
  const service = SERVICE.flatMap((id) => (MEASURES.has(id) ? (placeRow(measureBy(id), place) ?? []) : []));
  const near = (area.neighbours ?? []).flatMap((code) => PLACES.get(code) ?? []);
  const bounds = Object.entries(DATA.bounds).flatMap(([year, bound]) => {
    const row = bound.rows[place];
    if (!row) return [];
    const pounds = /** @type {any} */ ({ unit: "gbp", decimals: 0 });
    const head = /** @type {any} */ ({ unit: "gbp_per_head", decimals: 0 });
    return [{ cells: [year, `${say(row[0], pounds)} to ${say(row[1], pounds)}`, `${say(row[2], head)} to ${say(row[3], head)}`, row[4] === row[5] ? `${row[4]} of ${bound.universe}` : `between ${row[4]} and ${row[5]} of ${bound.universe}`] }];
  });
  // One statement is a row for each figure in it.
  const statements = new Map(DATA.reported.filter((/** @type {any} */ row) => row.area_code === area.code).map((/** @type {any} */ row) => [`${row.words} ${row.address}`, row]));
  const kinds = [area.region_name, area.changed].filter(Boolean).join(". ");
  const heads = ["What", "When", area.name, "England", "Where it ranks", "Earlier"];
  const first = front(place);
  const found = league(measure.id, period);
  const onStrip = area.level === "authority" && found.values[place] !== null;
  return {
    said: placesSaid(found, [place]),
    controls: [pickAreas(), ...pick("", "Basis of the funding")],
    body: [
      ...heading(area.name, kinds || (place === ENGLAND ? "All authorities together" : "Region")),
      area.pack ? h("p", {}, h("a", { href: area.pack }, `The briefing pack of ${area.prose}`)) : null,
      ...first.top,
      onStrip ? h("section", {}, h("h3", {}, `${title(measure)}, ${when(measure, period)}`), strip(found)) : null,
      needChart(place), first.why, first.since,
      bounds.length ? h("section", { className: "range" }, h("h3", {}, "Years without a table"), h("p", {}, "What published rules and figures leave for the formula inside the floor and gains limit. A range, implied and not published; 1 is the lowest."),
        table("Formula inside the floor and gains limit: between what and what", ["Year", "Between", "Per head, the formula's own population", "Rank per head"], bounds)) : null,
      statements.size ? h("section", {}, h("h3", {}, "Said of other years"), h("p", {}, "As it was said: never ranked, added or drawn in a line."),
        h("ul", { className: "bullets" }, [...statements.values()].map((row) => h("li", {}, `${row.words} `, row.address ? h("a", { href: row.address, rel: "noreferrer" }, "Source") : "", state.ids === "1" ? h("code", {}, ` ${row.figure_id}`) : "")))) : null,
      funding.length ? h("section", {}, h("h3", {}, "Funding on each basis"), table(`${amountOf?.words}`, heads, funding)) : h("p", {}, `No funding of ${area.prose} is in the tables held here.`),
      h("section", {}, h("h3", {}, "Plans and service"), table("Plans, requests, timeliness, settings and appeals", heads, service)),
      near.length ? h("section", {}, h("h3", {}, "Statistical neighbours"), h("p", {}, near.flatMap((one, number) => [number ? ", " : "", placeCell(one)])),
        h("p", {}, h("a", { href: address({ view: "compare", areas: codes(place, near) }) }, `Compare ${area.prose} with its nearest neighbours`))) : null,
      DATA.policy.length ? h("section", {}, h("h3", {}, "What has been decided"), h("ul", { className: "bullets" }, DATA.policy.map((/** @type {any} */ one) =>
        h("li", {}, `${one.text} `, h("span", { className: "said-by" }, "(", one.link ? h("a", { href: one.link, rel: "noreferrer" }, one.said_by) : one.said_by, ")"))))) : null,
      downloads(onStrip),
      below([{ id: measure.id, periods: [period] }, { id: "plans", periods: MEASURES.get("plans")?.periods.slice(-6) ?? [] }].filter(({ id }) => MEASURES.has(id)), [place]),
    ],
  };
}

function viewCompare() {
  const [measure, period] = [measureOf(""), periodOf("")];
  const picked = chosen().filter((place) => place !== ENGLAND);
  const places = [...picked, ENGLAND];
  const found = league(measure.id, period);
  seen = places.map((area) => ({ measure: measure.id, period, area }));
  const data = places.map((place) => ({
    name: AREAS[place].name, value: found.values[place], words: found.values[place] === null ? "no figure" : say(found.values[place], measure),
    kind: place === ENGLAND ? "England" : AREAS[place].code, tip: `${AREAS[place].name}: ${say(found.values[place], measure)}`,
  }));
  const narrow = isNarrow();
  const y = { field: "name", type: "ordinal", sort: data.map((row) => row.name), axis: { title: null, labelLimit: narrow ? 110 : 220, labelPadding: 8, ticks: false, domain: false, labelFontSize: 14, labelColor: "#0b0c0c" } };
  const most = Math.max(0, ...data.map((row) => row.value ?? 0));
  const least = Math.min(0, ...data.map((row) => row.value ?? 0));
  const x = { field: "value", type: "quantitative", axis: null, scale: { domain: [least, most * (narrow ? 1.4 : 1.22) || 1] } };
  const spec = {
    layer: [
      { data: { values: data }, mark: { type: "bar", height: { band: 0.62 } }, encoding: { x, y, tooltip: { field: "tip" }, color: { condition: { test: "datum.kind === 'England'", value: "#9aa3ab" }, value: BLUE } } },
      { data: { values: data.map((row) => ({ ...row, value: row.value ?? 0 })) }, mark: { type: "text", align: "left", dx: 5, fontSize: 14 }, encoding: { x, y, text: { field: "words" } } },
    ],
  };
  const rates = ratesOf(levelOf("").part && levelOf("").per ? levelOf("").part : "block").filter((one) => !one.adjusted);
  const list = [...rates, ...SERVICE.flatMap((id) => MEASURES.get(id) ?? [])];
  const rows = list.flatMap((one) => {
    const last = [...one.periods].reverse().find((each) => places.some((place) => column(one.id, each)[place] !== null));
    if (!last) return [];
    const ids = places.filter((place) => column(one.id, last)[place] !== null).map((area) => ({ measure: one.id, period: last, area }));
    const table_ = league(one.id, last);
    const link = h("a", { href: address({ measure: one.id, period: last, since: "" }) }, brief(one));
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
      ...heading(title(measure), `${capital(when(measure, period))}. ${picked.length ? `${joined(picked.map((place) => AREAS[place].name))} beside England.` : "England."}`),
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
  asked = performance.now();
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
  document.title = `${find("title").textContent}: ${document.querySelector("#views [aria-current]")?.textContent}, high needs funding explorer`;
  if (inside && !find(id)) find("title").focus();
  else if (id && document.activeElement?.id !== id) {
    find(id)?.focus({ preventScroll: true });
    if (caret !== null && find(id)?.setSelectionRange) find(id).setSelectionRange(caret, caret);
  }
  pictured("hnf-show");
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
  ENGLAND = AREAS.findIndex((area) => area.level === "england");
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
});
