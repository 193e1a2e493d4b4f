// Finds a place by what is typed or by kinds of message, sorts the list by its headings, and names the square under the pointer. Without it the
// page is a list by region and a map of links.
"use strict";
(() => {
  const table = document.querySelector(".index-list table");
  const bodies = [...table.tBodies];
  const published = bodies.map((body) => [...body.rows]);
  const rows = [...table.querySelectorAll("tr.pack")];
  const tiles = [...document.querySelectorAll("a.tile")];
  const box = document.querySelector(".search");
  const input = box.querySelector("input");
  const status = document.querySelector(".found");
  const kinds = document.querySelector(".kinds");
  const ticks = kinds ? [...kinds.querySelectorAll("input")] : [];
  const fold = (text) =>
    text
      .normalize("NFKD")
      .replace(/[\u0300-\u036f'’.]/g, "")
      .replace(/&/g, " and ")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, " ")
      .trim();

  // Searching: every word typed must begin a word of the name or code, or of one of the other names.
  const packs = rows.map((row) => {
    const name = row.querySelector(".name");
    const own = `${name.textContent} ${row.querySelector(".code")?.textContent ?? ""}`;
    const also = row.dataset.also ? row.dataset.also.split("|") : [];
    const found = also.map((words) => ({ words, folded: ` ${fold(words)}` }));
    const held = new Set(row.dataset.kinds.split(" "));
    return { row, name, own: ` ${fold(own)}`, also: found, held, match: row.querySelector(".match") };
  });
  const fits = (folded, words) => words.every((word) => folded.includes(` ${word}`));

  const search = () => {
    const words = fold(input.value).split(" ").filter(Boolean);
    const ticked = ticks.filter((tick) => tick.checked).map((tick) => tick.value);
    const codes = new Set();
    let count = 0;
    for (const pack of packs) {
      const own = fits(pack.own, words);
      const also = own ? [] : pack.also.filter(({ folded }) => fits(folded, words));
      const shown = (own || also.length > 0) && ticked.every((kind) => pack.held.has(kind));
      pack.row.hidden = !shown;
      pack.match.hidden = also.length === 0;
      pack.match.textContent = also.slice(0, 3).map((each) => each.words).join(", ");
      if (shown) {
        count += 1;
        for (const code of pack.row.dataset.codes.split(" ")) codes.add(code);
      }
    }
    for (const body of bodies) {
      const inside = [...body.rows].filter((row) => row.classList.contains("pack"));
      body.hidden = inside.every((row) => row.hidden);
    }
    for (const tile of tiles) tile.classList.toggle("out", !codes.has(tile.dataset.code));
    status.textContent = words.length + ticked.length === 0 ? "" : count === 0 ? "No place fits" : `${count} of ${packs.length}`;
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    const left = packs.filter((pack) => !pack.row.hidden);
    if (event.key === "Enter" && input.value.trim() && left.length === 1) left[0].name.click();
  });
  box.hidden = false;
  // Boxes that a browser has kept ticked while the page was left hold when it is opened again.
  for (const tick of ticks) tick.addEventListener("change", search);
  if (kinds) kinds.hidden = false;
  addEventListener("pageshow", search);

  // Sorting: lowest first, then highest first, then by region again. What is missing stays last.
  const ORDERS = ["ascending", "descending", ""];
  const compareText = new Intl.Collator("en-GB", { numeric: true }).compare;
  const again = document.querySelector(".by-region");
  const headings = [...table.tHead.rows[0].cells];
  const read = (row, column) => {
    if (column === 0) return row.querySelector(".name").textContent;
    const value = row.cells[column].dataset.value;
    return value === undefined ? null : Number(value);
  };

  const sort = (column, order) => {
    headings.forEach((heading, place) => {
      if (order && place === column) heading.setAttribute("aria-sort", order);
      else heading.removeAttribute("aria-sort");
    });
    again.hidden = !order;
    for (const [place, body] of bodies.entries()) body.append(...published[place]);
    for (const body of bodies) body.rows[0].hidden = Boolean(order);
    if (order) {
      const compare = column === 0 ? compareText : (a, b) => a - b;
      const sign = order === "descending" ? -1 : 1;
      const keyed = rows.map((row) => ({ row, key: read(row, column) }));
      keyed.sort((a, b) => {
        if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
        return sign * compare(a.key, b.key);
      });
      bodies[0].append(...keyed.map(({ row }) => row));
    }
    search();
  };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const now = ORDERS.indexOf(heading.getAttribute("aria-sort") ?? "");
      sort(column, ORDERS[(now + 1) % ORDERS.length]);
    });
  });
  again.querySelector("button").addEventListener("click", () => {
    sort(0, "");
    headings[0].querySelector("button").focus();
  });

  // The map: the name and figure of the square under the pointer or with the focus, where a finger or an eye can read it.
  const words = document.querySelector(".tile-words");
  if (words) {
    words.hidden = false;
    const name = document.createElement("strong");
    const figure = document.createElement("span");
    words.append(name, figure);
    const say = (tile) => {
      const [first, ...rest] = tile.querySelector("title").textContent.split("\n");
      name.textContent = first;
      figure.textContent = rest.join(" ");
    };
    for (const tile of tiles) {
      tile.addEventListener("pointerenter", () => say(tile));
      tile.addEventListener("focus", () => say(tile));
    }
  }
})();
