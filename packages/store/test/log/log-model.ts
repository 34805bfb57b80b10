// What a log has to say, kept in the plainest way, and random appends that are valid for it. It
// shares nothing with the log's own image.
import type { PeerId, RegionId } from "@multiraft/pd/protocol";
import type { Random } from "@multiraft/runtime";
import type { Generation, LoggedEntry, LogRecord } from "../../src/log/record.ts";
import {
  admit,
  block,
  child,
  entry,
  epoch,
  hardState,
  index,
  install,
  type LifeContent,
  life,
  split,
  splitDone,
  state,
  term,
  textOf,
  tombstone,
  truncate,
} from "./log-fixture.ts";

/** Lives at a time: several to share each segment, few enough for each to change often. */
const LIVES_MAX = 4;
const LIVES_BELOW = 1_000;

class ModelLife {
  term = 1;
  vote = 0;
  commit = 0;
  generation = 0;
  truncatedIndex = 0;
  truncatedTerm = 0;
  entries: LoggedEntry[] = [];
  /** Region ids of the children owed, by the index of their split. */
  readonly owed = new Map<number, number[]>();

  get lastIndex(): number {
    return this.truncatedIndex + this.entries.length;
  }
}

export class LogModel {
  readonly #random: Random;
  readonly #lives = new Map<number, ModelLife>();
  readonly #ended: number[] = [];
  #nextLife = 1;
  #nextRegion = 2_000;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next append; the model knows it from now on. */
  next(): LogRecord[] {
    if (this.#nextLife === 1) return [block(LIVES_BELOW), ...this.#admit()];
    if (this.#lives.size === 0 || (this.#lives.size < LIVES_MAX && this.#oneIn(8)))
      return this.#admit();
    const lives = [...this.#lives];
    // The first is mostly left alone, so that there is always something old to keep.
    const picked = lives[this.#oneIn(15) ? 0 : lives.length - 1 - this.#random.below(lives.length)];
    return picked === undefined ? [] : this.#change(...picked);
  }

  content(): string {
    const begun = this.#nextLife > 1;
    return textOf({
      identity: undefined,
      livesBelow: life(begun ? LIVES_BELOW : 1),
      lives: [...this.#lives].map(([id, one]) => contentOfLife(id, one)),
      tombstones: this.#ended.map((id) => tombstoneOf(id)),
      splits: [...this.#lives].flatMap(([id, { owed }]) =>
        [...owed].map(([at, regions]) => ({
          parentLife: life(id),
          index: index(at),
          pending: regions.map(child),
        })),
      ),
    });
  }

  #admit(): LogRecord[] {
    const id = this.#nextLife;
    this.#nextLife += 1;
    this.#lives.set(id, new ModelLife());
    return [admit(id), this.#vote(id, this.#life(id))];
  }

  #change(id: number, one: ModelLife): LogRecord[] {
    switch (this.#random.below(12)) {
      case 0:
        return one.owed.size === 0 ? this.#end(id) : [this.#settle(id, one)];
      case 1:
        return [this.#split(id, one)];
      case 2:
        return [this.#install(id, one)];
      case 3:
      case 4:
        return [this.#truncate(id, one)];
      case 5:
        return [this.#vote(id, one)];
      default:
        return [this.#append(id, one), this.#vote(id, one)];
    }
  }

  /** At the end, or over a suffix that it cuts. */
  #append(id: number, one: ModelLife): LogRecord {
    const kept = this.#oneIn(3) ? this.#random.below(one.entries.length + 1) : one.entries.length;
    const first = one.truncatedIndex + kept + 1;
    const added = Array.from({ length: 1 + this.#random.below(5) }, (_, at) =>
      entry(first + at, one.term, this.#random.below(400)),
    );
    one.entries = [...one.entries.slice(0, kept), ...added];
    return { kind: "entries", life: life(id), entries: added };
  }

  #vote(id: number, one: ModelLife): LogRecord {
    if (this.#oneIn(2)) {
      one.term += 1;
      one.vote = this.#random.below(4);
    }
    one.commit += this.#random.below(3);
    return hardState(id, state(one.term, one.vote, one.commit));
  }

  #truncate(id: number, one: ModelLife): LogRecord {
    const dropped = this.#random.below(one.entries.length + 1);
    one.truncatedTerm = one.entries[dropped - 1]?.term ?? one.truncatedTerm;
    one.truncatedIndex += dropped;
    one.entries = one.entries.slice(dropped);
    return truncate(id, one.truncatedIndex, one.truncatedTerm);
  }

  #install(id: number, one: ModelLife): LogRecord {
    one.truncatedIndex += this.#random.below(30);
    one.commit = Math.max(one.commit, one.truncatedIndex);
    one.truncatedTerm = one.term;
    one.generation += 1;
    one.entries = [];
    const value = state(one.term, one.vote, one.commit);
    return install(id, one.generation, one.truncatedIndex, value);
  }

  #split(id: number, one: ModelLife): LogRecord {
    const regions = [this.#nextRegion, this.#nextRegion + 1];
    this.#nextRegion += 2;
    const at = this.#nextRegion;
    one.owed.set(at, regions);
    return split(id, at, ...regions);
  }

  #settle(id: number, one: ModelLife): LogRecord {
    const [at = 0, regions = []] = [...one.owed][0] ?? [];
    const [done = 0, ...left] = regions;
    if (left.length === 0) one.owed.delete(at);
    else one.owed.set(at, left);
    return splitDone(id, at, done);
  }

  /** With mail of the same life behind it, which says nothing any more. */
  #end(id: number): LogRecord[] {
    this.#lives.delete(id);
    this.#ended.push(id);
    return [tombstone(id, [1, 2]), hardState(id, state(99, 1, 99))];
  }

  #life(id: number): ModelLife {
    const one = this.#lives.get(id);
    if (one === undefined) throw new Error(`no life ${id}`);
    return one;
  }

  #oneIn(chances: number): boolean {
    return this.#random.below(chances) === 0;
  }
}

function contentOfLife(id: number, one: ModelLife): LifeContent {
  return {
    life: life(id),
    regionId: (100 + id) as RegionId,
    peerId: id as PeerId,
    epoch: epoch(1, 1),
    hardState: state(one.term, one.vote, one.commit),
    generation: one.generation as Generation | 0,
    truncatedIndex: index(one.truncatedIndex),
    truncatedTerm: term(one.truncatedTerm),
    lastIndex: index(one.lastIndex),
    entries: one.entries,
  };
}

function tombstoneOf(id: number) {
  const record = tombstone(id, [1, 2]);
  if (record.kind !== "tombstone") throw new Error("no tombstone");
  return record.tombstone;
}
