// Uses one page as a reader would, and prints as one JSON object what happened: with its script, clicks on headings of a
// table and moves over a chart; with scripts turned off, what there is to read.
//
// node interact.mjs PAGE.html WIDTHxHEIGHT CAPTION HEADING OTHER-HEADING
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, size, caption, heading, other] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);

const browser = await chromium.launch({
  executablePath: process.env.HNF_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
try {
  const open = async (javaScriptEnabled) => {
    const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    return page;
  };

  const page = await open(true);
  const table = page.locator("table", { has: page.locator("caption", { hasText: caption }) }).first();
  const head = table.locator("thead th", { hasText: heading });
  const look = async () => ({
    rows: await table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))),
    highlighted: await table.locator("tbody tr.highlight").evaluateAll((rows) => rows.map((row) => row.cells[0].textContent)),
    sort: await table.locator("thead th").evaluateAll((heads) => heads.map((cell) => cell.getAttribute("aria-sort"))),
    said: await page.locator("[role=status]").textContent(),
  });
  const orders = [await look()];
  for (let click = 0; click < 3; click += 1) {
    // The second time by keyboard: a heading is a button like any other.
    if (click === 1) await head.getByRole("button").press("Enter");
    else await head.getByRole("button").click();
    orders.push(await look());
  }
  await head.getByRole("button").click();
  await table.locator("thead th", { hasText: other }).getByRole("button").click();
  const moved = await look();

  const box = page.locator(".pictures[data-words]").first();
  await box.scrollIntoViewIfNeeded();
  const chart = { words: (await box.getAttribute("data-words")).split("\n") };
  const tip = box.locator(".tip");
  const which = (await box.locator(".chart-wide").isVisible()) ? "wide" : "narrow";
  const [x, y] = (await box.getAttribute(`data-${which}`)).split(" ").at(-1).split(",").map(Number);
  const svg = box.locator(`.chart-${which}`);
  const scale = (await svg.boundingBox()).width / (await svg.evaluate((element) => element.viewBox.baseVal.width));
  await svg.hover({ position: { x: x * scale, y: y * scale } });
  chart.hovered = await tip.textContent();
  const inside = await tip.boundingBox();
  chart.inside = inside.x >= 0 && inside.x + inside.width <= width;
  await page.mouse.move(0, 0);
  chart.left = await tip.isVisible();
  await box.focus();
  chart.read = [];
  for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home"]) {
    await page.keyboard.press(key);
    chart.read.push(await page.locator("[role=status]").textContent());
  }
  await page.keyboard.press("Escape");
  chart.escaped = await tip.isVisible();

  const plain = await open(false);
  const without = {
    text: (await plain.locator("body").innerText()).replace(/\s+/g, " "),
    cells: await plain.locator("tbody tr").count(),
    buttons: await plain.locator("button").count(),
    pictures: await plain.locator("figure svg:visible").count(),
    opens: await plain.locator("details").evaluateAll((all) => all.length),
  };
  console.log(JSON.stringify({ orders, moved, chart, without }));
} finally {
  await browser.close();
}
