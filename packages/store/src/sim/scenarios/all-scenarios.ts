// All scenarios, in the order of the catalogue.
import { c01 } from "./c-01-the-founding-race.ts";
import { c03 } from "./c-03-order-to-the-first-child.ts";
import { c04 } from "./c-04-child-ends-while-split-is-recorded.ts";
import { c05 } from "./c-05-split-finds-newer-history.ts";
import { c06 } from "./c-06-skipped-child-leaves-nothing.ts";
import { c07 } from "./c-07-data-of-the-removed-go-late.ts";
import { c08 } from "./c-08-messages-at-a-stopped-replica.ts";
import { c10 } from "./c-10-nobody-reads-what-is-destroyed.ts";
import { c12 } from "./c-12-notice-at-a-replica-that-ends.ts";
import { c17 } from "./c-17-unknown-is-pending.ts";
import { c18 } from "./c-18-input-outlives-what-needs-it.ts";
import { c21 } from "./c-21-install-is-one-record.ts";
import { c22 } from "./c-22-reception-cancelled-late.ts";
import { c26 } from "./c-26-a-snapshot-is-usable-in-the-end.ts";
import { c27 } from "./c-27-a-very-old-vote.ts";
import { c30 } from "./c-30-tombstone-keeps-its-floor.ts";
import { c31 } from "./c-31-no-vote-just-after-a-start.ts";
import { c32 } from "./c-32-vote-is-durable.ts";
import { c34 } from "./c-34-sleepers-elect.ts";
import { c35 } from "./c-35-late-questions-of-the-dead.ts";
import { c38 } from "./c-38-no-data-no-keys.ts";
import { c41 } from "./c-41-notices-find-their-own.ts";
import { c42 } from "./c-42-late-write-of-a-failed-actor.ts";
import { c43 } from "./c-43-notice-of-a-failed-actor.ts";
import { c53 } from "./c-53-read-that-waits-for-a-removal.ts";
import { c54 } from "./c-54-nobody-keeps-a-stale-route.ts";
import { c57 } from "./c-57-read-before-the-first-commit.ts";
import { c58 } from "./c-58-no-shared-confirmation.ts";
import { c61 } from "./c-61-a-slow-leader-can-be-replaced.ts";
import { c64 } from "./c-64-install-before-later-entries.ts";
import { c68 } from "./c-68-reminders-survive-a-split.ts";
import { c69 } from "./c-69-a-removal-ends.ts";
import { c71 } from "./c-71-replay-begins-at-what-is-durable.ts";
import { c73 } from "./c-73-slots-come-back.ts";
import { c74 } from "./c-74-destruction-delays-no-snapshot.ts";
import { c75 } from "./c-75-a-second-snapshot-overtakes-nothing.ts";
import { c76 } from "./c-76-a-learner-by-snapshot.ts";
import { c80 } from "./c-80-split-keeps-term-and-vote.ts";
import { c81 } from "./c-81-split-leaves-a-newer-replica-alone.ts";
import { c82 } from "./c-82-split-finds-a-later-id.ts";
import { c86 } from "./c-86-buffers-die-with-their-life.ts";
import { c89 } from "./c-89-tombstone-is-durable.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  c01,
  c03,
  c04,
  c05,
  c06,
  c07,
  c08,
  c10,
  c12,
  c17,
  c18,
  c21,
  c22,
  c26,
  c27,
  c30,
  c31,
  c32,
  c34,
  c35,
  c38,
  c41,
  c42,
  c43,
  c53,
  c54,
  c57,
  c58,
  c61,
  c64,
  c68,
  c69,
  c71,
  c73,
  c74,
  c75,
  c76,
  c80,
  c81,
  c82,
  c86,
  c89,
];
