// Something a life waits for from elsewhere: the reply to an ask, the end of a watched life, a spawn.
// Settled once, by whatever comes first; what comes later finds no call under its number.
import type { AnyAddress } from "../actor/address.ts";
import type { AskOutcome, SpawnOutcome, Termination } from "../actor/outcome.ts";
import type { Cell } from "./cell.ts";
import { Deadline } from "./deadline-heap.ts";
import type { CallNumber } from "./record.ts";

export type Expected =
  | { readonly what: "ask"; settle(outcome: AskOutcome<unknown>): void }
  | { readonly what: "watch"; settle(termination: Termination): void }
  | { readonly what: "spawn"; settle(outcome: SpawnOutcome<AnyAddress>): void };

export class Call extends Deadline {
  readonly number: CallNumber;
  readonly owner: Cell;
  readonly expected: Expected;
  /** Undefined for a spawn. */
  readonly target: AnyAddress | undefined;
  /** From which the answer comes; set when the call is sent to another thread. */
  thread: number | undefined;
  /** Takes away what listens for the asker's own signal. */
  stopListening: (() => void) | undefined;
  readonly #onDue: (call: Call) => void;

  constructor(
    number: CallNumber,
    owner: Cell,
    expected: Expected,
    target: AnyAddress | undefined,
    onDue: (call: Call) => void,
  ) {
    super();
    this.number = number;
    this.owner = owner;
    this.expected = expected;
    this.target = target;
    this.#onDue = onDue;
  }

  override fire(): void {
    this.#onDue(this);
  }
}
