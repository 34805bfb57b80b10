// All scenarios, in the order of the catalogue.
import { c01 } from "./c-01-the-founding-race.ts";
import { c03 } from "./c-03-order-to-the-first-child.ts";
import { c04 } from "./c-04-child-ends-while-split-is-recorded.ts";
import { c05 } from "./c-05-split-finds-newer-history.ts";
import { c06 } from "./c-06-skipped-child-leaves-nothing.ts";
import { c07 } from "./c-07-data-of-the-removed-go-late.ts";
import { c30 } from "./c-30-tombstone-keeps-its-floor.ts";
import { c32 } from "./c-32-vote-is-durable.ts";
import { c41 } from "./c-41-notices-find-their-own.ts";
import { c42 } from "./c-42-late-write-of-a-failed-actor.ts";
import { c43 } from "./c-43-notice-of-a-failed-actor.ts";
import { c80 } from "./c-80-split-keeps-term-and-vote.ts";
import { c81 } from "./c-81-split-leaves-a-newer-replica-alone.ts";
import { c82 } from "./c-82-split-finds-a-later-id.ts";
import { c89 } from "./c-89-tombstone-is-durable.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  c01,
  c03,
  c04,
  c05,
  c06,
  c07,
  c30,
  c32,
  c41,
  c42,
  c43,
  c80,
  c81,
  c82,
  c89,
];
