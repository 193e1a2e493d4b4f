// Sorts tables by their headings and names the values in charts. Without it the page says the same, in published order.
"use strict";
(() => {
  const main = document.querySelector("main");
  const status = document.createElement("p");
  status.className = "hidden";
  status.setAttribute("role", "status");
  main.append(status);

  // Tables: a button in each heading; lowest first, then highest first, then as published. What is missing stays last.
  const ORDERS = ["ascending", "descending", ""];
  const WORDS = {
    number: { ascending: "lowest first", descending: "highest first" },
    text: { ascending: "A to Z", descending: "Z to A" },
  };
  const compareText = new Intl.Collator("en-GB", { numeric: true }).compare;

  const read = (cell, isNumber) => {
    if (isNumber) return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
    return cell.textContent.trim() || null;
  };

  const sortTable = (table, published, heading, order) => {
    const column = heading.cellIndex;
    const isNumber = heading.classList.contains("number");
    const compare = isNumber ? (a, b) => a - b : compareText;
    const sign = order === "descending" ? -1 : 1;
    const rows = published.map((row) => ({ row, key: read(row.cells[column], isNumber) }));
    if (order) {
      rows.sort((a, b) => {
        if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
        return sign * compare(a.key, b.key);
      });
    }
    table.tBodies[0].append(...rows.map(({ row }) => row));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    if (order) heading.setAttribute("aria-sort", order);
    const how = order ? `by ${heading.textContent}, ${WORDS[isNumber ? "number" : "text"][order]}` : "as published";
    status.textContent = `${table.caption.querySelector(".caption-title").textContent}: sorted ${how}`;
  };

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const published = [...table.tBodies[0].rows];
    if (published.length < 3) continue;
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const now = ORDERS.indexOf(heading.getAttribute("aria-sort") ?? "");
        sortTable(table, published, heading, ORDERS[(now + 1) % ORDERS.length]);
      });
    }
  }

  // Charts: the value nearest to the pointer; with the keyboard, one after another.
  const places = (text) => text.split(" ").map((pair) => pair.split(",").map(Number));

  for (const box of document.querySelectorAll(".pictures[data-words]")) {
    const words = box.dataset.words.split("\n");
    const marks = { wide: places(box.dataset.wide), narrow: places(box.dataset.narrow) };
    const ring = document.createElement("span");
    const tip = document.createElement("span");
    ring.className = "ring";
    tip.className = "tip";
    ring.hidden = tip.hidden = true;
    ring.ariaHidden = tip.ariaHidden = "true";
    box.append(ring, tip);
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `${box.dataset.name}: ${words.length} values. The arrow keys read them one by one.`);
    let current = -1;

    const layout = () => {
      const width = getComputedStyle(box.querySelector(".chart-wide")).display === "none" ? "narrow" : "wide";
      const svg = box.querySelector(`.chart-${width}`);
      const picture = svg.getBoundingClientRect();
      const frame = box.getBoundingClientRect();
      const scale = picture.width / svg.viewBox.baseVal.width;
      return marks[width].map(([x, y]) => [x * scale + picture.left - frame.left, y * scale + picture.top - frame.top]);
    };
    const hide = () => {
      ring.hidden = tip.hidden = true;
      current = -1;
    };
    const show = (index, [x, y]) => {
      current = index;
      tip.textContent = words[index];
      tip.style.left = "0"; // measured where it has the whole width
      ring.hidden = tip.hidden = false;
      ring.style.left = `${x}px`;
      ring.style.top = `${y}px`;
      const left = Math.min(Math.max(x - tip.offsetWidth / 2, 0), box.clientWidth - tip.offsetWidth);
      const above = y - tip.offsetHeight - 12;
      tip.style.left = `${left}px`;
      tip.style.top = `${above < 0 ? y + 12 : above}px`;
    };
    const point = (event) => {
      const frame = box.getBoundingClientRect();
      const across = event.clientX - frame.left;
      const down = event.clientY - frame.top;
      const found = layout();
      let best = -1;
      let least = 60 ** 2;
      found.forEach(([x, y], index) => {
        // Across counts more than down, so that a thin bar is found anywhere along its height.
        const distance = (4 * (x - across)) ** 2 + ((y - down) / 3) ** 2;
        if (distance < least) [best, least] = [index, distance];
      });
      if (best < 0) hide();
      else show(best, found[best]);
    };
    box.addEventListener("pointermove", point);
    box.addEventListener("pointerdown", point);
    box.addEventListener("pointerleave", hide);
    box.addEventListener("blur", hide);
    box.addEventListener("keydown", (event) => {
      const last = words.length - 1;
      const next = {
        ArrowRight: Math.min(current + 1, last),
        ArrowLeft: current < 0 ? last : Math.max(current - 1, 0),
        Home: 0,
        End: last,
      }[event.key];
      if (event.key === "Escape") hide();
      if (next === undefined) return;
      event.preventDefault();
      show(next, layout()[next]);
      status.textContent = words[next];
    });
  }
})();
