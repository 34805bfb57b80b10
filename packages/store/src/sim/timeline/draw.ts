// A run as a page that needs nothing else: stores as lanes, lives of replicas as bars in them, mail as
// arrows between, faults and the violation as marks. Time goes to the right; names show under the mouse.
import type { BegunFault } from "../faults/injector.ts";
import type { Arrow, LifeBar } from "./recorder.ts";

export type TimelineScene = {
  readonly title: string;
  readonly hosts: readonly string[];
  readonly bars: readonly LifeBar[];
  readonly arrows: readonly Arrow[];
  readonly faults: readonly Pick<BegunFault, "atMs" | "name" | "what">[];
  readonly endMs: number;
};

const LEFT = 90;
const TOP = 60;
const LANE = 150;
const BAR = 9;
const BARS_PER_LANE = 14;
/** A page wider than this is no help. */
const WIDTH_MAX = 24_000;
const PIXELS_PER_MS = 4;

export function drawTimeline(scene: TimelineScene): string {
  const { hosts, arrows, endMs, title } = scene;
  const beginMs = Math.min(endMs, ...arrows.map(({ sentMs }) => sentMs));
  const spanMs = Math.max(1, endMs - beginMs);
  const width = Math.min(WIDTH_MAX, spanMs * PIXELS_PER_MS);
  const x = (ms: number) => LEFT + (Math.max(0, ms - beginMs) / spanMs) * width;
  const y = (host: string) => TOP + hosts.indexOf(host) * LANE;
  const height = TOP + hosts.length * LANE + 20;
  const parts = [
    ...hosts.map((host) => lane(host, y(host), width)),
    ...barsOf(scene, x, y, beginMs),
    ...arrows.map((arrow) => arrowOf(arrow, x, y)),
    ...scene.faults.filter(({ atMs }) => atMs >= beginMs).map((fault) => faultOf(fault, x, height)),
  ];
  const size = `width="${(LEFT + width + 20).toFixed(0)}" height="${height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${parts.join("\n")}</svg>`;
  const range = `${beginMs.toFixed(1)} to ${endMs.toFixed(1)} ms`;
  return `<!doctype html><meta charset="utf-8"><title>${inMarkup(title)}</title><style>${STYLE}</style>
<h1>${inMarkup(title)}</h1><p>${range}</p>
${svg}
`;
}

const STYLE = `body{font:12px sans-serif;margin:12px}h1{font-size:14px}
.lane{fill:#f4f4f6}.bar{fill:#7aa6d8;stroke:#fff}.bar.ended{fill:#b9c3cf}
.mail{stroke:#555;stroke-opacity:.35}.mail:hover{stroke:#d22;stroke-opacity:1;stroke-width:3}
.snapshot{stroke:#0a7d33;stroke-opacity:.8}.vote{stroke:#b06000;stroke-opacity:.8}
.fault{stroke:#d22;stroke-dasharray:3 3}.word{fill:#a11}`;

function lane(host: string, y: number, width: number): string {
  const box = `<rect class="lane" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${LANE - 20}"/>`;
  return `${box}<text x="4" y="${y + 14}">${inMarkup(host)}</text>`;
}

function barsOf(
  { bars, endMs, hosts }: TimelineScene,
  x: (ms: number) => number,
  y: (host: string) => number,
  beginMs: number,
): string[] {
  return hosts.flatMap((host) => {
    const own = bars.filter((bar) => bar.host === host && (bar.toMs ?? endMs) >= beginMs);
    return own.map(({ name, fromMs, toMs }, row) => {
      const [from, to] = [x(fromMs), x(toMs ?? endMs)];
      const at = y(host) + (row % BARS_PER_LANE) * BAR;
      const kind = toMs === undefined ? "bar" : "bar ended";
      const box = `x="${from.toFixed(1)}" y="${at}" width="${(to - from).toFixed(1)}" height="${BAR - 1}"`;
      return `<rect class="${kind}" ${box}><title>${inMarkup(name)}</title></rect>`;
    });
  });
}

function arrowOf(
  { fromHost, toHost, what, sentMs, arrivedMs }: Arrow,
  x: (ms: number) => number,
  y: (host: string) => number,
): string {
  const isDown = y(toHost) > y(fromHost);
  const [y1, y2] = [y(fromHost) + (isDown ? LANE - 20 : 0), y(toHost) + (isDown ? 0 : LANE - 20)];
  const kind = what.includes("snapshot") ? " snapshot" : what.includes("Vote") ? " vote" : "";
  const line = `x1="${x(sentMs).toFixed(1)}" y1="${y1}" x2="${x(arrivedMs).toFixed(1)}" y2="${y2}"`;
  return `<line class="mail${kind}" ${line}><title>${inMarkup(what)}</title></line>`;
}

function faultOf(
  { atMs, name, what }: TimelineScene["faults"][number],
  x: (ms: number) => number,
  height: number,
): string {
  const at = x(atMs).toFixed(1);
  const line = `<line class="fault" x1="${at}" y1="30" x2="${at}" y2="${height}"/>`;
  const word = `<text class="word" x="${at}" y="28">${inMarkup(name)}<title>${inMarkup(what)}</title></text>`;
  return line + word;
}

function inMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
