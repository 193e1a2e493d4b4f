// Uses the index of a batch as a reader does, with and without scripts, and prints what the page shows as one JSON object.
//
// node index.mjs PAGE.html TYPED HEADING [SCREENSHOT.png]
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const kinds = ["Even", "A third <number>"];
const [file, typed, heading, screenshot] = process.argv.slice(2);
const address = pathToFileURL(file).href;
const browser = await chromium.launch({
  executablePath: process.env.HNF_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

const names = (page) =>
  page.locator("tr.pack:visible a.name").evaluateAll((links) => links.map((link) => link.textContent));
const lit = (page) => page.locator("a.tile:not(.out)").evaluateAll((tiles) => tiles.map((tile) => tile.dataset.code));
const regions = (page) => page.locator("tr.region:visible").allTextContents();

try {
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto(address);
  const without = {
    names: await names(plain),
    tiles: await plain.locator("a.tile").count(),
    buttons: await plain.locator("button:visible, input:visible").count(),
  };

  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(address);
  await page.getByLabel("Find a place").fill(typed);
  const found = {
    names: await names(page),
    regions: await regions(page),
    lit: await lit(page),
    matches: await page.locator(".match:visible").allTextContents(),
    said: await page.getByRole("status").textContent(),
  };
  await page.getByLabel("Find a place").fill("");

  // Kinds of message, by the keyboard: both that are ticked must hold.
  const chosen = [];
  for (const kind of [kinds[0], kinds[1]]) {
    await page.getByLabel(kind).focus();
    await page.keyboard.press("Space");
    chosen.push({ names: await names(page), said: await page.getByRole("status").textContent() });
  }
  for (const kind of kinds) await page.getByLabel(kind).uncheck();

  const button = page.getByRole("button", { name: heading });
  await button.click();
  const ascending = { names: await names(page), regions: await regions(page) };
  await button.click();
  const descending = { names: await names(page), sort: await page.locator("[aria-sort]").getAttribute("aria-sort") };
  if (screenshot) await page.screenshot({ path: screenshot });
  await page.getByRole("button", { name: "List by region again" }).click();
  const again = { names: await names(page), regions: await regions(page), sorted: await page.locator("[aria-sort]").count() };

  await page.locator("a.tile").first().focus();
  const tile = await page.locator(".tile-words").innerText();
  await page.getByLabel("Find a place").fill(typed);
  await Promise.all([page.waitForURL((url) => url.href !== address), page.getByLabel("Find a place").press("Enter")]);
  console.log(JSON.stringify({ without, found, chosen, ascending, descending, again, tile, opened: page.url(), errors }));
} finally {
  await browser.close();
}
