// A bug report of another system as an order of events that must not hurt us: what the report says,
// what has to hold, and what of ours sees to it.
import type { OracleName } from "../oracle/oracle.ts";
import type { WorldOptions } from "../world.ts";
import type { Stage } from "./stage.ts";

export type Scenario = {
  /** As in the catalogue of lifecycle bugs. */
  readonly id: `C-${number}`;
  /** The claim, of our system. */
  readonly title: string;
  /** System and incident. */
  readonly source: string;
  readonly invariant: string;
  /** Three stores, if it says nothing. */
  readonly setting?: Partial<WorldOptions>;
  /** Every promise that it speaks of must hold; the oracles look on. */
  readonly play: (stage: Stage) => void;
  readonly guard: Guard;
};

/** What sees to it that the scenario ends well. */
export type Guard =
  /** Taken out of the world by its options; the same scenario must then end badly. */
  | {
      readonly kind: "switch";
      readonly name: string;
      readonly without: Partial<WorldOptions>;
      readonly caughtBy: CaughtBy;
    }
  /** Taken out by putting something else in its place while the scenario runs. */
  | {
      readonly kind: "replaced";
      readonly name: string;
      /** @returns What puts it back. */
      readonly takeOut: () => () => void;
      readonly caughtBy: CaughtBy;
    }
  /** Nothing that could be taken out by itself: types, or how things are made. */
  | { readonly kind: "construction"; readonly why: string }
  /** It cannot be taken out from here: the test that stands for it, and the planted fault that takes it out. */
  | {
      readonly kind: "elsewhere";
      readonly why: string;
      readonly test: NamedTest;
      /** A heading of one of the tables in `scripts/planted`. */
      readonly planted: string;
    };

export type NamedTest = {
  /** From the root of the project. */
  readonly file: string;
  /** Part of its name. */
  readonly name: string;
};

/** A scenario without its guard may fail in many ways; only this one counts. */
export type CaughtBy =
  /** `says`: part of what the oracle has to say. */
  { readonly oracle: OracleName; readonly says?: string } | { readonly promise: string };
