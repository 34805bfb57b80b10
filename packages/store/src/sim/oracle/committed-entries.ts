// What is committed stays: at one index of a region all replicas that count it committed have the same
// entry, whoever leads and whatever crashed. Seen in what replicas hand to their logs.
import type { RegionId } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LoggedEntry, LogRecord } from "../../log/record.ts";
import type { Incarnation } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

/** The log of one life, as its actors handed it in: names of entries, by index. */
type LifeLog = {
  readonly names: Map<number, string>;
  /** What was replaced: it is there again when what replaced it was lost by a crash (disk seed 668). */
  readonly replaced: Map<number, Set<string>>;
  /** From here on the actor that runs has handed it in: of the rest nobody knows what is left. */
  knownFrom: number;
  last: number;
  committed: number;
};

export class CommittedEntries implements Oracle {
  readonly #scene: Scene;
  readonly #logs = new Map<string, LifeLog>();
  readonly #committed = new Map<RegionId, Map<number, string>>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started(incarnation: Incarnation): void {
    this.#logOf(incarnation).knownFrom = Number.POSITIVE_INFINITY;
  }

  handling(mail: HandledMail): void {
    const records = this.#scene.shadow.recordsIn(mail);
    if (records.length === 0) return;
    const sender = this.#scene.shadow.at(mail.from);
    if (sender === undefined) return;
    const log = this.#logOf(sender);
    // The entries first: a commit may be of those beside it.
    for (const record of records) if (record.kind === "entries") take(log, record.entries);
    for (const record of records) this.#onCommit(sender, log, record);
  }

  #onCommit(sender: Incarnation, log: LifeLog, record: LogRecord): void {
    if (record.kind === "install") log.committed = Math.max(log.committed, record.index);
    if (record.kind !== "hard-state") return;
    const committed = this.#committed.get(sender.regionId) ?? new Map<number, string>();
    this.#committed.set(sender.regionId, committed);
    for (; log.committed < record.hardState.commit; log.committed += 1)
      this.#compare(sender, committed, log, log.committed + 1);
  }

  #compare(
    { host, regionId, peerId }: Incarnation,
    committed: Map<number, string>,
    log: LifeLog,
    index: number,
  ): void {
    const [own, ...others] = possible(log, index);
    if (own === undefined) return;
    const known = committed.get(index);
    if (known === undefined && others.length === 0) committed.set(index, own);
    if (known === undefined || known === own || others.includes(known)) return;
    const what = `region ${regionId}, index ${index}: ${known} is committed, peer ${peerId} has ${own}`;
    this.#scene.violated("committed-entries", `${host}: ${what}`);
  }

  #logOf({ host, life }: Pick<Incarnation, "host" | "life">): LifeLog {
    const key = `${host} ${life}`;
    const log: LifeLog = this.#logs.get(key) ?? {
      names: new Map(),
      replaced: new Map(),
      knownFrom: Number.POSITIVE_INFINITY,
      last: 0,
      committed: 0,
    };
    this.#logs.set(key, log);
    return log;
  }
}

/** From the first index on they replace what was there. */
function take(log: LifeLog, entries: readonly LoggedEntry[]): void {
  const first = entries[0]?.index;
  if (first === undefined) return;
  for (let index: number = first; index <= log.last; index += 1) replace(log, index);
  log.knownFrom = Math.min(log.knownFrom, first);
  for (const entry of entries) {
    log.names.set(entry.index, nameOf(entry));
    log.last = entry.index;
  }
}

function replace({ names, replaced }: LifeLog, index: number): void {
  const name = names.get(index);
  if (name !== undefined) replaced.set(index, (replaced.get(index) ?? new Set()).add(name));
  names.delete(index);
}

/** What may be at an index: one name or none, unless a start came between. */
function possible({ names, replaced, knownFrom }: LifeLog, index: number): string[] {
  const own = names.get(index);
  const others = index >= knownFrom ? [] : (replaced.get(index) ?? []);
  return [...new Set([...(own === undefined ? [] : [own]), ...others])];
}

function nameOf({ term, type, data }: LoggedEntry): string {
  let hash = 0x811c_9dc5;
  for (const byte of data) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return `term ${term} type ${type} ${data.byteLength} bytes ${(hash >>> 0).toString(16)}`;
}
