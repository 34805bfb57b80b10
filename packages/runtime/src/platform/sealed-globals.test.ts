import { expect, test } from "vitest";
import { sealGlobals } from "./sealed-globals.ts";

const REACHES: readonly (readonly [string, () => unknown])[] = [
  ["Date.now", () => Date.now()],
  ["new Date", () => new Date()],
  ["Math.random", () => Math.random()],
  ["performance.now", () => performance.now()],
  ["setTimeout", () => setTimeout(() => undefined, 1)],
  ["setImmediate", () => setImmediate(() => undefined)],
  ["process.hrtime", () => process.hrtime()],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["AbortSignal.timeout", () => AbortSignal.timeout(1)],
  ["WeakRef", () => new WeakRef({})],
  ["FinalizationRegistry", () => new FinalizationRegistry(() => undefined)],
];

test.each(REACHES)("%s is closed by name, and open again afterwards", (name, reach) => {
  const last = name.split(".").at(-1) ?? name;
  const open = sealGlobals();
  let said: unknown;
  try {
    reach();
  } catch (error) {
    said = error;
  } finally {
    open();
  }
  expect(String(said)).toContain(`nobody may ask for ${name === "Date.now" ? name : last}`);
  expect(reach).not.toThrow();
});

test("a date that was given may be read while they are closed", () => {
  const open = sealGlobals();
  const year = new Date(0).getUTCFullYear();
  open();
  expect(year).toBe(1970);
});
