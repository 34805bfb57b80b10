// The history of all clients of a run, written as it happens. An operation that is under way when the
// history is read counts as one of unknown outcome.
import { assert } from "@multiraft/runtime";
import type { KeyAction, KeyOutcome, Operation } from "./operation.ts";

export type Ticket = { readonly place: number };

export class History {
  readonly #operations: Operation[] = [];
  readonly #open = new Set<number>();
  #events = 0;

  /** Operations called and not returned. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Called and not returned: one that returned with an unknown outcome is not. */
  isOpen(place: number): boolean {
    return this.#open.has(place);
  }

  /** The place that the next call or return gets. */
  get nextEvent(): number {
    return this.#events + 1;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  call(client: number, key: string, action: KeyAction): Ticket {
    const place = this.#operations.length;
    const call = this.#nextEvent();
    const outcome = { kind: "unknown" } as const;
    this.#operations.push({ client, key, action, call, return: Number.POSITIVE_INFINITY, outcome });
    this.#open.add(place);
    return { place };
  }

  returned({ place }: Ticket, outcome: KeyOutcome): void {
    const operation = this.#operations[place];
    assert(operation !== undefined && this.#open.delete(place), "an operation returned twice");
    const at = this.#nextEvent();
    const isKnown = outcome.kind !== "unknown";
    this.#operations[place] = { ...operation, return: isKnown ? at : operation.return, outcome };
  }

  #nextEvent(): number {
    this.#events += 1;
    return this.#events;
  }
}

export function byKey(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const keys = new Map<string, Operation[]>();
  for (const operation of operations) {
    const list = keys.get(operation.key) ?? [];
    keys.set(operation.key, list);
    list.push(operation);
  }
  return keys;
}
