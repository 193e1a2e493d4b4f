// Uses the explorer as a reader does: opens it at an address, does what it is told one action after another, and prints
// what the page says, shows and saves, as one JSON list. Told by a JSON object on standard input:
// {"file": PAGE, "runs": [{"start": "#view=map", "size": "360x800", "media": "dark", "steps": [["choose", LABEL, OPTION],
// ["type", LABEL, TEXT], ["press", BUTTON], ["follow", LINK], ["tick", LABEL], ["key", KEY], ["reload"], ["back"]],
// "axe": true, "marks": true, "timed": true, "fresh": true}]}
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const { file, runs } = JSON.parse(readFileSync(0, "utf8"));
const address = pathToFileURL(file).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.HNF_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

const act = {
  choose: (page, label, option) => page.getByLabel(label, { exact: true }).selectOption({ label: option }),
  type: async (page, label, text) => {
    await page.getByLabel(label).fill(text);
    await page.getByLabel(label).press("Enter");
  },
  press: async (page, name) => {
    const saved = name.startsWith("Download") ? page.waitForEvent("download") : null;
    await page.getByRole("button", { name }).first().click();
    await saved;
  },
  open: (page, words) => page.getByText(words, { exact: true }).click(),
  follow: (page, name) => page.getByRole("link", { name, exact: true }).first().click(),
  tick: (page, label) => page.getByLabel(label).click(),
  focus: (page, selector) => page.locator(selector).focus(),
  key: (page, key) => page.keyboard.press(key),
  reload: (page) => page.reload(),
  back: (page) => page.goBack(),
  wait: (page, time) => page.waitForTimeout(Number(time)),
};

/** What a reader sees. */
const look = (page) =>
  page.evaluate(() => ({
    hash: location.hash,
    title: document.querySelector("#title").textContent,
    said: [...document.querySelectorAll("#said p")].map((one) => one.textContent).join("\n"),
    tables: [...document.querySelectorAll("#view table")].map((table) => ({
      caption: table.caption.textContent,
      rows: [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, " ").trim())),
    })),
    text: document.querySelector("#view").textContent,
    charts: document.querySelectorAll("#chart svg").length,
    pointed: document.querySelector(".tip:not([hidden])")?.textContent ?? "",
    focused: document.activeElement?.id ?? "",
    width: document.documentElement.scrollWidth,
  }));

/** The page of the run before, which the next goes on in at another address where it is looked at in the same way. */
let last = null;

/** Open the page, or go to an address in the one that is open. */
async function open({ start, size, media, motion, fresh }) {
  const look = [size, media, motion].join();
  if (last && (fresh || last.look !== look)) {
    await last.page.context().close();
    last = null;
  }
  if (last) {
    Object.assign(last, { requests: [], errors: [], files: [] });
    await last.page.evaluate((hash) => {
      history.pushState(null, "", hash || "#");
      dispatchEvent(new Event("hashchange"));
    }, start);
    return last;
  }
  const [width, height] = size.split("x").map(Number);
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: media, reducedMotion: motion });
  const page = await context.newPage();
  const one = { page, look, requests: [], errors: [], files: [] };
  page.on("request", (request) => /^(blob|data):/.test(request.url()) || request.url().split("#")[0] === address || one.requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && one.errors.push(message.text()));
  page.on("pageerror", (error) => one.errors.push(error.message));
  page.on("dialog", (dialog) => (one.errors.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("download", (download) => one.files.push(download));
  await page.goto(address + start);
  return (last = one);
}

try {
  const found = [];
  for (const { start = "", size = "1280x900", media = "light", motion = "no-preference", steps = [], axe: checked, marks, timed, fresh } of runs) {
    const { page, requests, errors, files } = await open({ start, size, media, motion, fresh: fresh || timed });
    const ready = async () => {
      await page.waitForSelector("#title");
      if (await page.locator(".drawn").count()) await page.waitForSelector("[data-drawn]");
    };
    await ready();
    const seen = [await look(page)];
    for (const [kind, ...words] of steps) {
      await act[kind](page, ...words);
      await ready();
      seen.push(await look(page));
    }
    const saved = [];
    for (const download of files) {
      saved.push({ name: download.suggestedFilename(), text: readFileSync(await download.path()).toString("latin1") });
    }
    const all = { seen, requests, errors, saved };
    if (marks) {
      all.marks = await page.locator("[role=option]").evaluateAll((options) => options.map((one) => [one.getAttribute("aria-label"), (one.querySelector("rect") ?? one).getAttribute("fill")]));
    }
    if (checked) {
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      await page.evaluate(axe);
      const result = await page.evaluate(() =>
        window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      all.violations = result.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.slice(0, 4).map((node) => node.html.slice(0, 220)) }));
      all.passes = result.passes.length;
    }
    if (timed) {
      // Seconds from the start of the page, or from the action, to the picture on the screen.
      await page.waitForTimeout(100);
      all.took = await page.evaluate((drawn) => {
        const found = performance.getEntriesByName(drawn ? "hnf-drawn" : "hnf-show");
        return { first: (found[0].startTime + found[0].duration) / 1000, changes: found.slice(1).map((one) => one.duration / 1000) };
      }, (await page.locator(".drawn").count()) > 0);
    }
    found.push(all);
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
