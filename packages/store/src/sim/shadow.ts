// What the oracles know of their own account: which lives run where, what they told their registry
// and what they handed to their log. Made of what an onlooker sees, so that no guard can hide
// anything.
import type { PeerId, Region, RegionId } from "@multiraft/pd/protocol";
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogMail } from "../log/log-mail.ts";
import type { Life, LogRecord, SplitChild } from "../log/record.ts";
import { decodeRecords } from "../log/record-codec.ts";
import type { PeerArgs, PeerMail } from "../peer/peer-mail.ts";
import type { RegistryMail } from "../registry/registry-mail.ts";
import { ByAddress } from "./by-address.ts";

/** One actor of a replica: a life may have several, one after the other. */
export type Incarnation = {
  readonly host: string;
  readonly address: AnyAddress;
  readonly life: Life;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly isNew: boolean;
  /** As its registry was last told; undefined before its first data. */
  region: Region | undefined;
  /** Index of the newest data that its log says are installed. */
  installedIndex: number;
  hasRetired: boolean;
  hasEnded: boolean;
};

/** As one replica that applied it told its registry. */
export type AppliedSplit = {
  readonly regionId: RegionId;
  /** Of the parent, after it. */
  readonly version: number;
  readonly children: readonly Region[];
};

export class Shadow {
  readonly #incarnations = new ByAddress<Incarnation>();
  /** By host and region, in the order of their starts. */
  readonly #byRegion = new Map<string, Incarnation[]>();
  readonly #byLife = new Map<string, Incarnation[]>();
  readonly #tombstoned = new Set<string>();
  /** Ended, and read for opening again: what they still have on its way says nothing to their log. */
  readonly #shut = new ByAddress<true>();
  readonly #splits = new Map<string, AppliedSplit>();

  start(host: string, address: AnyAddress, args: PeerArgs): Incarnation {
    const { life, regionId, peerId, origin } = args;
    const incarnation: Incarnation = {
      host,
      address,
      life,
      regionId,
      peerId,
      isNew: origin.kind === "new",
      region: undefined,
      installedIndex: 0,
      hasRetired: false,
      hasEnded: false,
    };
    this.#incarnations.set(address, incarnation);
    listOf(this.#byRegion, `${host} ${regionId}`).push(incarnation);
    listOf(this.#byLife, `${host} ${life}`).push(incarnation);
    return incarnation;
  }

  end(address: AnyAddress): void {
    const ended = this.at(address);
    if (ended !== undefined) ended.hasEnded = true;
  }

  /** Whatever happened to it since. */
  at(address: AnyAddress | undefined): Incarnation | undefined {
    return address === undefined ? undefined : this.#incarnations.get(address);
  }

  running(host: string, regionId: RegionId): readonly Incarnation[] {
    const all = this.#byRegion.get(`${host} ${regionId}`) ?? [];
    return all.filter((one) => !one.hasEnded);
  }

  runningOn(host: string): readonly Incarnation[] {
    return this.allRunning().filter((one) => one.host === host);
  }

  allRunning(): readonly Incarnation[] {
    return [...this.#incarnations.values()].filter((one) => !one.hasEnded);
  }

  /** Some replica of the region has had data. */
  knows(regionId: RegionId): boolean {
    for (const one of this.all())
      if (one.regionId === regionId && one.region !== undefined) return true;
    return false;
  }

  /** All there ever were. */
  all(): Iterable<Incarnation> {
    return this.#incarnations.values();
  }

  /** The newest of the region on the host, ended or not. */
  current(host: string, regionId: RegionId): Incarnation | undefined {
    return this.#byRegion.get(`${host} ${regionId}`)?.at(-1);
  }

  ofLife(host: string, life: Life): readonly Incarnation[] {
    return this.#byLife.get(`${host} ${life}`) ?? [];
  }

  isTombstoned(host: string, life: Life): boolean {
    return this.#tombstoned.has(`${host} ${life}`);
  }

  /** All that anybody has told of, each once. */
  get splits(): readonly AppliedSplit[] {
    return [...this.#splits.values()];
  }

  /** Before the handler is entered. */
  note(mail: HandledMail): void {
    if (mail.actor === "registryActor") this.#noteIntent(mail.message as RegistryMail, mail);
    if (mail.actor !== "logActor") return;
    this.#noteShut(mail);
    for (const record of this.recordsIn(mail)) this.#noteRecord(mail.host, record);
  }

  /** What a log is about to be handed by somebody it still hears; nothing for other mail. */
  recordsIn(mail: HandledMail): readonly LogRecord[] {
    const { from } = mail;
    if (from !== undefined && this.isShut(from)) return NO_RECORDS;
    return recordsIn(mail);
  }

  /** Its life was read after it had ended. */
  isShut(address: AnyAddress): boolean {
    return this.#shut.get(address) === true;
  }

  #noteShut({ message }: HandledMail): void {
    if (message.kind !== "read-life") return;
    const { ended } = message as LogMail & { kind: "read-life" };
    this.#shut.set(ended, true);
  }

  #noteIntent(intent: RegistryMail, { host, from }: HandledMail): void {
    const sender = this.at(from);
    if (sender === undefined || sender.host !== host) return;
    if (intent.kind === "region-changed") sender.region = intent.region;
    if (intent.kind === "retire") sender.hasRetired = true;
    if (intent.kind === "split-applied") this.#noteSplit(sender, intent.children);
  }

  /** Told before what is left of the parent; all parts have the version that the parent has afterwards. */
  #noteSplit({ regionId }: Incarnation, children: readonly SplitChild[]): void {
    const version = children[0]?.region.epoch.version;
    if (version === undefined) return;
    const split = { regionId, version, children: children.map(({ region }) => region) };
    this.#splits.set(`${regionId} ${version}`, split);
  }

  #noteRecord(host: string, record: LogRecord): void {
    if (record.kind === "tombstone" && record.life !== undefined)
      this.#tombstoned.add(`${host} ${record.life}`);
    if (record.kind !== "install") return;
    const last = this.ofLife(host, record.life).at(-1);
    if (last !== undefined) last.installedIndex = record.index;
  }
}

const NO_RECORDS: readonly LogRecord[] = [];
/** Every oracle asks for them, one after the other: they are decoded once. */
const decoded: { mail: HandledMail | undefined; records: readonly LogRecord[] } = {
  mail: undefined,
  records: NO_RECORDS,
};

/** What a log is about to be handed; nothing for other mail. */
export function recordsIn(mail: HandledMail): readonly LogRecord[] {
  const { actor, message, bytes } = mail;
  if (actor !== "logActor") return NO_RECORDS;
  const append = message as LogMail;
  if (append.kind !== "append") return NO_RECORDS;
  if (bytes === undefined) return append.records;
  if (decoded.mail !== mail) {
    decoded.records = decodeRecords(bytes.slice()) as LogRecord[];
    decoded.mail = mail;
  }
  return decoded.records;
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** What a replica is about to have sent to another store; undefined for other mail. */
export function sentRegionMail({ actor, message }: HandledMail) {
  const mail = message as { readonly kind: string; readonly mail?: PeerMail };
  return actor === "gateActor" && mail.kind === "send" ? mail.mail : undefined;
}
