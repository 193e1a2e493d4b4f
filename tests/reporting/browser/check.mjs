// Opens one page in headless Chromium and prints, as one JSON object, what a reader would trip over: sideways scrolling,
// text printed over text, requests to anywhere, script that ran, and what axe-core finds.
//
// node check.mjs PAGE.html WIDTHxHEIGHT [SCREENSHOT.png or PRINTED.pdf] [print|dark]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, size, screenshot, media] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({
  executablePath: process.env.HNF_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const requests = [];
  const dialogs = [];
  const errors = [];
  page.on("request", (request) => request.url() !== address && requests.push(request.url()));
  page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(address);
  if (media === "print") await page.emulateMedia({ media: "print" });
  if (media === "dark") await page.emulateMedia({ colorScheme: "dark" });
  const closed = await page.evaluate(inspect);
  if (screenshot?.endsWith(".pdf")) await page.pdf({ path: screenshot, preferCSSPageSize: true });
  else if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  const open = await page.evaluate(inspect);
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const violations = found.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.slice(0, 5).map((node) => node.html.slice(0, 200)),
  }));
  console.log(JSON.stringify({ closed, open, violations, passes: found.passes.length, requests, dialogs, errors }));
} finally {
  await browser.close();
}

// Runs inside the page.
function inspect() {
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility({ checkVisibilityCSS: true }) || parent.closest(".hidden, .skip, svg")) {
      continue;
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    const clip = parent.closest(".scroll")?.getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      const left = Math.max(rect.left, clip?.left ?? -Infinity);
      const right = Math.min(rect.right, clip?.right ?? Infinity);
      if (right - left > 1) {
        boxes.push({ text: node.data.trim().slice(0, 60), left, right, top: rect.top, bottom: rect.bottom, node: boxes.length });
      }
    }
  }
  const overlaps = [];
  boxes.sort((a, b) => a.top - b.top);
  // A line box is higher than its letters: lines of large type may be closer than that without touching.
  const end = (box) => box.bottom - Math.max(4, 0.3 * (box.bottom - box.top));
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length && boxes[j].top < end(boxes[i]); j += 1) {
      const across = Math.min(boxes[i].right, boxes[j].right) - Math.max(boxes[i].left, boxes[j].left);
      if (across > 2) overlaps.push([boxes[i].text, boxes[j].text]);
    }
  }
  const root = document.documentElement;
  const outside = boxes.filter((box) => box.right > root.clientWidth + 1 || box.left < -1).map((box) => box.text);
  return { scrollWidth: root.scrollWidth, clientWidth: root.clientWidth, texts: boxes.length, overlaps, outside };
}
