// How things end: stops, asks, jobs, sends. All plain data, so that they travel as mail.

/** Why mail was not delivered. The counters of the router have exactly these rows. */
export const DROP_REASONS = [
  "tombstone", // the slot still belongs to the addressed life, which has closed its mailbox
  "stale-incarnation", // the slot belongs to a later life
  "vacant", // the slot never belonged to the addressed life, or to nobody
  "mailbox-full", // the receiver's bound
  "lane-full", // the sender's overflow bound
  "thread-dead", // lost with a thread that died before the handler was entered
  "shut-down", // the system is ending
  "expired", // an ask whose deadline had passed before its handler was entered
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export type StopReason =
  | { readonly kind: "stopped" }
  | { readonly kind: "threw"; readonly error: ErrorData }
  | { readonly kind: "thread-dead"; readonly error: ErrorData | undefined }
  | { readonly kind: "shut-down" };

/** What a watcher gets; `not-found` answers a watch on a life that had ended before. */
export type Termination = StopReason | { readonly kind: "not-found" };

/** An Error as data: its class does not survive a thread boundary, its name, code and cause do. */
export type ErrorData = {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
  readonly cause: ErrorData | undefined;
};

/** How an ask ended when no reply came. */
export type AskFailure = {
  readonly kind: "failed";
  readonly reason: DropReason | "timeout" | "aborted" | "error";
  readonly error: ErrorData;
};
export type AskOutcome<Reply> = { readonly kind: "reply"; readonly value: Reply } | AskFailure;

export type JobOutcome<Result> =
  | { readonly kind: "done"; readonly value: Result }
  | { readonly kind: "failed"; readonly error: ErrorData };

export type SpawnOutcome<A> =
  | { readonly kind: "spawned"; readonly address: A }
  /**
   * What `create` threw, or why it was not called. `ERR_MULTIRAFT_SPAWN`: the thread is dead, or gave no answer;
   * then the actor may have begun there, and what ended the thread is the cause.
   */
  | { readonly kind: "failed"; readonly error: ErrorData };

/** What the sender can know at once. Advisory: only the owner of the mailbox decides. */
export type TellResult = "ok" | DropReason;
