// One object owns all that a life holds, so that it is released in one place however the life ends.

/** Something held under a lease. `release` runs it now instead of at the end; harmless when repeated. */
export interface Held {
  readonly name: string;
  readonly isReleased: boolean;
  release(): void;
}

export interface Lease {
  /** False from the moment the address closes. Every commit point checks it in its own turn. */
  readonly isCurrent: boolean;
  /** Runs `release` when the life ends (last held first), or before that through the handle. */
  hold(name: string, release: () => void): Held;
  /** What is held now, for inspection: resources, jobs, asks, timers. */
  readonly heldNames: readonly string[];
}
