// The frame of every plot: an SVG that scales with the page and says what it is to those who cannot see it.
import { escaped } from "./markup.ts";

/** @param name Of this plot alone on its page. */
export function picture(
  name: string,
  says: string,
  width: number,
  height: number,
  content: string,
): string {
  const id = name.replaceAll(/[^A-Za-z0-9]+/g, "-");
  return (
    `<svg role="img" aria-labelledby="${id}-name" aria-describedby="${id}-says" viewBox="0 0 ${width} ${height}">` +
    `<title id="${id}-name">${escaped(name)}</title><desc id="${id}-says">${escaped(says)}</desc>` +
    `${content}</svg>`
  );
}

export type Named = { readonly label: string; readonly isRival: boolean };

/** Colours that the page has; further series begin again, told apart by their marks. */
export const COLOURS = 8;

export function legend(series: readonly Named[]): string {
  const items = series.map(({ label, isRival }, index) => {
    const sample = `<svg aria-hidden="true" viewBox="0 0 24 10">${line(index, isRival, "M0 5H24")}</svg>`;
    return `<li>${sample} ${escaped(label)}</li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

export function line(index: number, isRival: boolean, path: string): string {
  return `<path class="line c${index % COLOURS}${isRival ? " dashed" : ""}" d="${path}"/>`;
}
