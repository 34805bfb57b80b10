/**
 * What happens in one step of a run, spelled out: who, and up to two numbers. Nothing is left to
 * chance when an action is performed, and one that is impossible does nothing; so a schedule can be
 * cut anywhere and still be played.
 */

/** What may happen. In the comments `a` and `b` are the two numbers. */
export const ACTION_KINDS = [
  /** To `peer` from `a`, the message at place `b` of those under way, 0 being the oldest. */
  "deliver",
  /** Likewise, and it stays under way. */
  "duplicate",
  "lose",
  "tick",
  "tick-all",
  /** Takes a Ready; in synchronous mode, goes one stage on with the last one. */
  "ready",
  /** The append thread does its next piece of work; the answer waits. */
  "append",
  "apply",
  /** The next answer of the append thread reaches its peer. */
  "append-answer",
  "apply-answer",
  /** The transport tells how the oldest snapshot that was sent ended. */
  "snapshot-report",
  /** `a` entries, the first with `b` bytes. */
  "propose",
  /** The change that is coded in `b`. */
  "conf-change",
  "read",
  /** To `a`. */
  "transfer",
  "forget-leader",
  "campaign",
  /** The transport says that `a` cannot be reached. */
  "unreachable",
  /** Drops what is applied of the log, but the last `a` entries. */
  "compact",
  /** The storage has no snapshot to offer for now, or has one again. */
  "withhold-snapshots",
  /** Nothing that `a` sends reaches `peer`. */
  "cut",
  /** Nothing reaches `peer` or comes from it. */
  "isolate",
  "heal",
  "crash",
  "restart",
] as const;

export type ActionKind = (typeof ACTION_KINDS)[number];

export type Action = {
  readonly kind: ActionKind;
  /** 0 where the action is of no peer. */
  readonly peer: number;
  readonly a: number;
  readonly b: number;
};

const NUMBERS = new Map(ACTION_KINDS.map((kind, number) => [kind, number]));

export function actionNumber(kind: ActionKind): number {
  return NUMBERS.get(kind) ?? 0;
}

export function formatAction({ kind, peer, a, b }: Action): string {
  return `${kind} ${peer} ${a} ${b}`;
}

/** @throws Error on anything that `formatAction` does not make. */
export function parseAction(text: string): Action {
  const [kind, ...numbers] = text.split(" ");
  const known = ACTION_KINDS.find((each) => each === kind);
  const [peer, a, b] = numbers.map(Number);
  const isWhole = numbers.length === 3 && numbers.every((number) => /^\d+$/.test(number));
  if (known === undefined || !isWhole) throw new Error(`not an action: "${text}"`);
  return { kind: known, peer: peer ?? 0, a: a ?? 0, b: b ?? 0 };
}
