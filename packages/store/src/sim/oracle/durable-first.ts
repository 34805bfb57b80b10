// What the registry does on the strength of a record it does only when the log has said that the record is
// durable: it makes a replica, tells a parent that its split is recorded, finds the data of an ended life
// removed. Seen from outside: what was handed to the log, and which notices came back.
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogMail } from "../../log/log-mail.ts";
import type { LogRecord } from "../../log/record.ts";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Incarnation } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Store = {
  /** Handed to the log and not reported durable yet, by the number of the append. */
  readonly waiting: { readonly number: number; readonly names: readonly string[] }[];
  readonly durable: Set<string>;
};

export class DurableFirst implements Oracle {
  readonly #scene: Scene;
  readonly #stores = new Map<string, Store>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** What had not come back is in nobody's hands any more; the next registry asks the log. */
  crashed(host: string): void {
    this.#storeOf(host).waiting.length = 0;
  }

  started({ host, life, isNew }: Incarnation): void {
    if (isNew) this.#expect(host, nameOfLife(life), "a replica was made");
  }

  handling(mail: HandledMail): void {
    const { host, actor, life } = mail;
    if (actor === "logActor") return this.#noteAppend(mail);
    if (actor === "registryActor") return this.#onRegistry(host, mail.message as RegistryMail);
    const message = mail.message as PeerMail;
    const own = this.#scene.shadow.at(life);
    if (actor !== "peerActor" || own === undefined || message.kind !== "split-recorded") return;
    this.#expectIfKnown(host, nameOfSplit(own.life, message.index), "a parent went on");
  }

  /** Only the registry hands in what is watched here. */
  #noteAppend(mail: HandledMail): void {
    const names = this.#scene.shadow.recordsIn(mail).flatMap(namesOf);
    if (names.length === 0) return;
    const { number } = mail.message as LogMail & { readonly kind: "append" };
    this.#storeOf(mail.host).waiting.push({ number, names });
  }

  #onRegistry(host: string, message: RegistryMail): void {
    if (message.kind === "log-durable") return this.#onNotice(host, message.number);
    if (message.kind === "removed-tablets")
      this.#expect(host, nameOfTombstone(message.life), "data were removed");
  }

  #onNotice(host: string, number: number): void {
    const { waiting, durable } = this.#storeOf(host);
    for (let first = waiting[0]; first && first.number <= number; first = waiting[0]) {
      waiting.shift();
      for (const name of first.names) durable.add(name);
    }
  }

  /** A split without children leaves no record; one of an earlier start is durable by its being read. */
  #expectIfKnown(host: string, name: string, what: string): void {
    const { waiting } = this.#storeOf(host);
    if (waiting.some(({ names }) => names.includes(name))) this.#expect(host, name, what);
  }

  #expect(host: string, name: string, what: string): void {
    if (this.#storeOf(host).durable.has(name)) return;
    this.#scene.violated("durable-first", `${host}: ${what} before "${name}" was durable`);
  }

  #storeOf(host: string): Store {
    const store = this.#stores.get(host) ?? { waiting: [], durable: new Set() };
    this.#stores.set(host, store);
    return store;
  }
}

function namesOf(record: LogRecord): string[] {
  switch (record.kind) {
    case "life":
      return [nameOfLife(record.life)];
    case "split":
      return [nameOfSplit(record.parentLife, record.index)];
    case "tombstone":
      return record.life === undefined ? [] : [nameOfTombstone(record.life)];
    default:
      return [];
  }
}

const nameOfLife = (life: number): string => `life ${life}`;
const nameOfSplit = (life: number, index: number): string => `split of life ${life} at ${index}`;
const nameOfTombstone = (life: number): string => `tombstone of life ${life}`;
