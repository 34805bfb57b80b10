// What the files of a log are called.

const NAME = /^segment-(\d{12})\.log$/;
const UNNAMED = /^segment-\d{12}\.(?:draft|spare)$/;

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(12, "0")}.log`;
}

/** @returns Undefined for files that are no segments. */
export function segmentNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The space of a segment that was freed, kept to be used again. */
export function spareName(number: number): string {
  return `segment-${String(number).padStart(12, "0")}.spare`;
}

/** Half made, or kept: nothing that a log consists of. */
export function isUnnamed(name: string): boolean {
  return UNNAMED.test(name);
}
