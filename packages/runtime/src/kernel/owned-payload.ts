// A payload in the hands of an actor. The block behind it has one owner at a time: sending it takes it out
// of here, so that whoever keeps the old handle can neither read nor release what is no longer theirs.
import type { Payload } from "../actor/envelope.ts";
import { assert } from "../assert.ts";
import { Link } from "./chain.ts";
import type { PayloadBlock } from "./payload-allocator.ts";

export class OwnedPayload extends Link implements Payload {
  #block: PayloadBlock | undefined;
  /** It was sent: whoever has it next has the work that it makes, and this owner mostly none. */
  isPassedOn = false;

  constructor(block: PayloadBlock) {
    super();
    this.#block = block;
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    assert(this.#block !== undefined, "a payload was read after it was released or sent");
    return this.#block.bytes;
  }

  get isReleased(): boolean {
    return this.#block === undefined;
  }

  release(): void {
    this.surrender()?.release();
  }

  /** Gives the block to another owner; undefined when it is gone already. */
  surrender(): PayloadBlock | undefined {
    const block = this.#block;
    this.#block = undefined;
    this.chain?.remove(this);
    return block;
  }
}

/** The block of a payload that is being sent. */
export function surrenderPayload(payload: Payload): PayloadBlock {
  assert(payload instanceof OwnedPayload, "a payload was sent that the runtime did not allocate");
  const block = payload.surrender();
  payload.isPassedOn = true;
  assert(block !== undefined, "a payload was sent after it was released or sent");
  return block;
}
