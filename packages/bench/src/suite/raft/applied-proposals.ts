// Proposals that can be told apart: each carries its group and its number, so that a state machine knows at
// once when one is missing, doubled, out of order or of another group.
import { assert } from "@multiraft/runtime";
import type { Entry } from "@multiraft/store/raft";

const NUMBER_BYTES = 4;
const GROUP_AT = NUMBER_BYTES;
export const PAYLOAD_BYTES_MIN = GROUP_AT + 4;

/** Proposals 0 to `count` of a group, in batches; they share one buffer. */
export function proposalBatches(
  group: number,
  count: number,
  batch: number,
  payloadBytes: number,
): readonly (readonly Uint8Array[])[] {
  assert(payloadBytes >= PAYLOAD_BYTES_MIN, "a payload too small for its numbers");
  const memory = new Uint8Array(count * payloadBytes);
  const view = new DataView(memory.buffer);
  const batches: Uint8Array[][] = [];
  for (let number = 0; number < count; number += 1) {
    const at = number * payloadBytes;
    view.setUint32(at, number, true);
    view.setUint32(at + GROUP_AT, group, true);
    if (number % batch === 0) batches.push([]);
    batches.at(-1)?.push(memory.subarray(at, at + payloadBytes));
  }
  return batches;
}

/** A state machine that takes the proposals of its group in order, each once. */
export class AppliedProposals {
  readonly #group: number;
  #index = 0;
  count = 0;

  constructor(group: number) {
    this.#group = group;
  }

  take({ index, data }: Entry): void {
    assert(index === this.#index + 1, () => `entry ${index} was applied after ${this.#index}`);
    this.#index = index;
    if (data === null) return;
    assert(numberAt(data, 0) === this.count, () => `proposal ${this.count} was not the next`);
    assert(numberAt(data, GROUP_AT) === this.#group, "a proposal of another group was applied");
    this.count += 1;
  }
}

function numberAt(data: Uint8Array, at: number): number {
  const byte = (offset: number) => data[at + offset] ?? 0;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}
