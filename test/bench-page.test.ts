// The page of the benchmarks in a real browser: it loads nothing, shows every plot and row, fits the window, and
// can be read in light and in dark. Where there is no browser these tests say skipped.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Chart } from "../packages/bench/src/report/page/chart.ts";
import { pageOf } from "../packages/bench/src/report/page/page.ts";
import type { SuiteReport } from "../packages/bench/src/suite/row.ts";

const executablePath = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));
if (executablePath === undefined) console.log("no browser is installed: the page is not looked at");

/** Nothing that talks to anybody. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const REPORT: SuiteReport = {
  suite: "fixture",
  machine: { cpu: "a <fast> & 'odd' one", cores: 2, rounds: 3, quick: false },
  rows: [1, 2].map((number) => ({
    case: `case <${number}>`,
    params: { messages: 1_000 },
    unit: "messages/s",
    median: 1_000_000 * number,
    spread: [900_000 * number, 1_200_000 * number],
    cpuSeconds: 0.5,
    verified: true,
    ratios: { "postMessage & co": 2.5, comlink: "absent" },
  })),
};

const SAYS = "What is shown. More is better.";
const CHARTS: readonly Chart[] = [
  {
    kind: "bars",
    title: "Bars",
    says: SAYS,
    groups: ["small", "large"].map((label) => ({
      label,
      unit: "messages/s",
      bars: [
        { label: "ours", value: 2e6, spread: [1e6, 3e6], isRival: false },
        {
          label: "a rival of a rather long name <b>",
          value: 1e6,
          spread: undefined,
          isRival: true,
        },
      ],
    })),
  },
  {
    kind: "percentiles",
    title: "Percentiles",
    says: SAYS,
    unit: "us",
    percentiles: ["p50", "p99", "max"],
    series: [
      { label: "ours", isRival: false, values: [4, 40, 4_000] },
      { label: "theirs", isRival: true, values: [20, 90, 900] },
    ],
  },
  {
    kind: "curve",
    title: "Curve",
    says: SAYS,
    xLabel: "threads",
    yLabel: "messages/s",
    xScale: "linear",
    yScale: "linear",
    series: [
      { label: "ours", isRival: false, points: [1, 2, 4].map((x) => ({ x, y: x * 0.9e6 })) },
      { label: "in proportion", isRival: true, points: [1, 2, 4].map((x) => ({ x, y: x * 1e6 })) },
    ],
  },
  {
    kind: "stages",
    title: "Stages",
    says: SAYS,
    unit: "ms",
    rows: ["memory", "lmdb"].map((label) => ({
      label,
      parts: ["copy", "stream", "install"].map((part, index) => ({
        label: part,
        value: index + 1,
      })),
    })),
  },
  { kind: "bars", title: "Nothing to show", says: SAYS, groups: [] },
];

describe.skipIf(executablePath === undefined)("the page in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: FLAGS });
  });
  afterAll(() => browser.close());

  async function open(colorScheme: "light" | "dark", width = 1_000): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    const said: string[] = [];
    page.on("request", (request) => said.push(`asked for ${request.url()}`));
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.setContent(pageOf(REPORT, "About it.", CHARTS), { waitUntil: "load" });
    expect(said, "nothing is loaded and nothing complains").toEqual([]);
    return page;
  }

  test("every plot has a name and a description, and marks that can be seen", async () => {
    const page = await open("light");
    const headings = await page.getByRole("heading", { level: 2 }).allTextContents();
    expect(headings).toEqual([
      "Bars",
      "Percentiles",
      "Curve",
      "Stages",
      "The machine and the run",
      "All rows",
    ]);
    for (const name of ["Bars: small", "Bars: large", "Percentiles", "Curve", "Stages"]) {
      const plot = page.getByRole("img", { name, exact: true });
      expect(await plot.count(), name).toBe(1);
      const description = await plot.evaluate((svg) => {
        const says = svg.getAttribute("aria-describedby") ?? "";
        return svg.ownerDocument.getElementById(says)?.textContent;
      });
      expect(description).toBe(SAYS);
      const marks = plot.locator("rect, circle");
      expect(await marks.count(), name).toBeGreaterThan(1);
      for (const mark of await marks.all()) {
        const box = await mark.boundingBox();
        expect(box?.width, name).toBeGreaterThan(0);
        expect(box?.height, name).toBeGreaterThan(0);
      }
    }
    await page.close();
  });

  test("a bar twice as long stands for twice as much", async () => {
    const page = await open("light");
    const bars = page.getByRole("img", { name: "Bars: small" }).locator("rect");
    const [ours, rival] = await Promise.all([0, 1].map((i) => bars.nth(i).boundingBox()));
    expect((ours?.width ?? 0) / (rival?.width ?? 1)).toBeCloseTo(2, 1);
    await page.close();
  });

  test("the table has every row, as text", async () => {
    const page = await open("light");
    const rows = await page.locator("tbody tr").allTextContents();
    expect(rows).toHaveLength(REPORT.rows.length);
    expect(rows[0]).toContain("case <1>");
    expect(rows[0]).toContain("2.50 x postMessage & co, absent: comlink");
    expect(await page.locator("dd").first().textContent()).toBe("a <fast> & 'odd' one");
    await page.close();
  });

  test.each([1_000, 390])("nothing sticks out of a window of %d points", async (width) => {
    const page = await open("light", width);
    const scrolled = await page.evaluate("document.documentElement.scrollWidth");
    expect(scrolled).toBeLessThanOrEqual(width);
    for (const text of await page.locator("figure svg[role=img] text").all()) {
      const box = await text.boundingBox();
      expect((box?.x ?? -1) >= 0, (await text.textContent()) ?? "").toBe(true);
      expect((box?.x ?? 0) + (box?.width ?? 0), (await text.textContent()) ?? "").toBeLessThan(
        width,
      );
    }
    await page.close();
  });

  test.each(["light", "dark"] as const)("%s: texts and bars stand out", async (scheme) => {
    const page = await open(scheme);
    const paper = luminance(await styleOf(page, "body", "background-color"));
    expect(scheme === "light" ? paper > 0.8 : paper < 0.1).toBe(true);
    for (const [selector, property, least] of [
      ["h1", "color", 4.5],
      ["figcaption", "color", 4.5],
      ["td", "color", 4.5],
      ["svg text", "fill", 4.5],
      ["svg .amount", "fill", 4.5],
      [".ours", "fill", 3],
      [".line.c0", "stroke", 3],
      [".line.c1", "stroke", 3],
    ] as const) {
      const ink = luminance(await styleOf(page, selector, property));
      const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      expect(contrast, selector).toBeGreaterThanOrEqual(least);
    }
    await page.close();
  });
});

function styleOf(page: Page, selector: string, property: string): Promise<string> {
  return page
    .locator(selector)
    .first()
    .evaluate(
      (element, name) =>
        element.ownerDocument.defaultView?.getComputedStyle(element).getPropertyValue(name) ?? "",
      property,
    );
}

/** Relative luminance as in WCAG 2.1. @param colour `rgb(r, g, b)`. */
function luminance(colour: string): number {
  const channels = (colour.match(/\d+/g) ?? []).slice(0, 3).map((channel) => {
    const share = Number(channel) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  expect(channels).toHaveLength(3);
  const [red = 0, green = 0, blue = 0] = channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
