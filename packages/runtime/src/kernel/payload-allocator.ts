// Where the bytes of payloads come from. A block has one owner at a time: a record, an envelope, a lease.

export interface PayloadBlock {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Returns the block to the thread that allocated it. Called exactly once, by the owner. */
  release(): void;
}

export interface PayloadAllocator {
  /** Undefined while the arena of this thread is exhausted. */
  allocate(byteLength: number): PayloadBlock | undefined;
}
