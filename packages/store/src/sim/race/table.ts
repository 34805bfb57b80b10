// The closed model of the founding race: what can happen at one store, and what of it must come
// before what. Everything else may come in any order, and every order that this table allows is run.
//
// A row states only what nobody can change: a thing is handled after it has come, a job ends after it
// has begun, a leader offers data to a replica that has answered it. No row states a hope.

export const EVENTS = [
  "split applied",
  "message for p",
  "snapshot for p queued",
  "snapshot handled",
  "install job starts",
  "install job ends",
  "install job replies",
  "fsync done",
  "tombstone order for p",
  "message for p'",
  "snapshot for p'",
] as const;

export type RaceEvent = (typeof EVENTS)[number];

export type Table = {
  readonly events: readonly RaceEvent[];
  /** Who must come before: each event with those that it waits for. */
  readonly after: Readonly<Partial<Record<RaceEvent, readonly RaceEvent[]>>>;
};

export const RACE_TABLE: Table = {
  events: EVENTS,
  after: {
    // The parent's slow replica applies the split whenever it gets to it, before all or after all.
    "split applied": [],
    // A vote of the child's group, as soon as the other stores have split.
    "message for p": [],
    // A leader offers a snapshot to a replica that was called into being and has answered.
    "snapshot for p queued": ["message for p"],
    "snapshot handled": ["snapshot for p queued"],
    "install job starts": ["snapshot handled"],
    "install job ends": ["install job starts"],
    "install job replies": ["install job ends"],
    // Of the install record, which is handed to the log when the job has replied.
    "fsync done": ["install job replies"],
    // The order comes from whoever leads the child's group by then: nothing here delays it.
    "tombstone order for p": [],
    // The placement driver has put the region here again. The network may bring this first.
    "message for p'": [],
    "snapshot for p'": ["message for p'"],
  },
};

/** What can go wrong between any two events, and before the first and after the last. */
export const CRASHES = ["power is cut", "replica p fails"] as const;
export type Crash = (typeof CRASHES)[number];

export type Happening = RaceEvent | Crash;
export type Order = readonly Happening[];

export function isCrash(happening: Happening): happening is Crash {
  return CRASHES.some((crash) => crash === happening);
}

/** For each event, as bits, the events that it waits for. */
export function predecessors({ events, after }: Table): readonly number[] {
  return events.map((event) =>
    (after[event] ?? []).reduce((bits, earlier) => bits | (1 << events.indexOf(earlier)), 0),
  );
}

/** @param done As bits. @returns What may come next. */
export function openEvents(
  { events }: Table,
  waitsFor: readonly number[],
  done: number,
): readonly RaceEvent[] {
  return events.filter((_, n) => {
    const isOpen = (done & (1 << n)) === 0;
    return isOpen && ((waitsFor[n] ?? 0) & ~done) === 0;
  });
}
