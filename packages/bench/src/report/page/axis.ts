// Scales from amounts to places, and the ticks that people can read on them.

export type Axis = { readonly place: (value: number) => number; readonly ticks: readonly number[] };
export type Range = { readonly from: number; readonly to: number };

const TICKS = 5;

/** From zero on. @param place Where zero and the largest tick are. */
export function linearAxis(max: number, place: Range): Axis {
  const step = niceStep((max > 0 ? max : 1) / TICKS);
  const count = Math.max(1, Math.ceil((max > 0 ? max : 1) / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * step);
  const top = count * step;
  return { ticks, place: (value) => place.from + (value / top) * (place.to - place.from) };
}

/** Whole powers of ten around what is shown. @param values Above zero. */
export function logAxis(values: readonly number[], place: Range): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const share = (value: number) => (Math.log10(value) - low) / (high - low);
  return { ticks, place: (value) => place.from + share(value) * (place.to - place.from) };
}

/** 1, 2 or 5 times a power of ten, not below `atLeast`. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const factor = [1, 2, 5, 10].find((one) => one * power >= atLeast * (1 - 1e-9)) ?? 10;
  return factor * power;
}
