// Time, chance and timers of the machine, and what shows when its collector has run, closed for as long as a
// simulation runs: whoever reaches for them breaks an invariant that is named. Only for code that runs in one
// thread and waits for promises alone: anything else of the process would find them closed too.
import { InvariantError } from "../assert.ts";

type Place = { readonly owner: object; readonly name: string };

const TIMERS = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
] as const;

const PLACES: readonly Place[] = [
  ...TIMERS.map((name) => ({ owner: globalThis, name })),
  { owner: Math, name: "random" },
  { owner: performance, name: "now" },
  { owner: process, name: "hrtime" },
  { owner: process, name: "memoryUsage" },
  { owner: crypto, name: "getRandomValues" },
  { owner: crypto, name: "randomUUID" },
  { owner: AbortSignal, name: "timeout" },
  { owner: globalThis, name: "WeakRef" },
  { owner: globalThis, name: "FinalizationRegistry" },
];

/** @returns What opens them again. */
export function sealGlobals(): () => void {
  const undo = PLACES.map(({ owner, name }) => replace(owner, name, forbidden(name)));
  undo.push(replace(globalThis, "Date", sealedDate()));
  return () => {
    for (const open of undo.splice(0)) open();
  };
}

/** Called or constructed. */
function forbidden(name: string): unknown {
  const say = (): never => forbid(name);
  return new Proxy(Object, { apply: say, construct: say });
}

function forbid(name: string): never {
  throw new InvariantError(`in simulation nobody may ask for ${name}: it was not passed in`);
}

/** A date that was given may be looked at; the present one is forbidden. */
function sealedDate(): DateConstructor {
  return new Proxy(Date, {
    apply: () => forbid("Date"),
    construct: (target, given: ConstructorParameters<DateConstructor>) =>
      (given as readonly unknown[]).length === 0 ? forbid("new Date") : new target(...given),
    get: (target, name, receiver) =>
      name === "now" ? () => forbid("Date.now") : Reflect.get(target, name, receiver),
  });
}

function replace(owner: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, own);
  };
}
