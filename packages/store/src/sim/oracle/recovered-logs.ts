// What a log has said at a start stays so, and what it has told a replica is durable: whatever a crash takes
// later, the next start says no less. A frame that was read is as good as one whose sync has come back.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { RecoveredLife } from "../../log/log-mail.ts";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Incarnation, Shadow } from "../shadow.ts";
import { DurableRecords, lastIndexAtLeast } from "./durable-records.ts";
import type { Oracle, Scene } from "./oracle.ts";

/** As its log said last; `lastIndex` falls with every suffix that may have been cut since. */
type Said = { readonly recovered: RecoveredLife; lastIndex: number };

export class RecoveredLogs implements Oracle {
  readonly #scene: Scene;
  /** By host and life. */
  readonly #said = new Map<string, Map<number, Said>>();
  readonly #records = new DurableRecords();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  spawned(_host: string, address: AnyAddress, args: PeerArgs): void {
    this.#records.spawned(address, args);
  }

  handling(mail: HandledMail): void {
    this.#records.handling(mail);
    if (mail.actor === "registryActor") this.#onRecovered(mail.host, mail.message as RegistryMail);
    if (mail.actor !== "logActor") return;
    const said = this.#said.get(mail.host);
    if (said === undefined) return;
    for (const record of this.#scene.shadow.recordsIn(mail)) {
      if (record.kind !== "entries" && record.kind !== "install") continue;
      const one = said.get(record.life);
      const last = record.kind === "install" ? record.index : record.entries.at(-1)?.index;
      if (one !== undefined) one.lastIndex = Math.min(one.lastIndex, last ?? one.lastIndex);
    }
  }

  #onRecovered(host: string, message: RegistryMail): void {
    if (message.kind !== "recovered" || message.outcome.kind === "failed") return;
    const { lives } = message.outcome.value;
    const now = new Map(lives.map((one) => [one.life as number, one]));
    for (const said of this.#said.get(host)?.values() ?? []) this.#compare(host, said, now);
    for (const one of lastActors(this.#scene.shadow, host)) this.#compareDurable(one, now);
    const said = lives.map((recovered) => ({
      recovered,
      lastIndex: recovered.lastIndex as number,
    }));
    this.#said.set(host, new Map(said.map((one) => [one.recovered.life as number, one])));
  }

  #compare(host: string, { recovered, lastIndex }: Said, now: ReadonlyMap<number, RecoveredLife>) {
    const { life, hardState, generation } = recovered;
    const after = now.get(life);
    if (after === undefined) {
      if (!this.#scene.shadow.isTombstoned(host, life)) this.#violated(host, life, "nothing");
      return;
    }
    const { term } = after.hardState;
    if (term < hardState.term) this.#violated(host, life, `term ${term} after ${hardState.term}`);
    if (after.generation < generation)
      this.#violated(host, life, `generation ${after.generation} after ${generation}`);
    if (after.lastIndex < lastIndex)
      this.#violated(host, life, `entries to ${after.lastIndex} after ${lastIndex}`);
  }

  /** Of a life that has begun since, too. */
  #compareDurable({ host, life, address }: Incarnation, now: ReadonlyMap<number, RecoveredLife>) {
    const durable = this.#records.of(address);
    if (durable === undefined) return;
    const lastIndex = lastIndexAtLeast(durable);
    const after = now.get(life);
    if (after === undefined) {
      const isPromised = durable.term > 0 || lastIndex > 0;
      if (isPromised && !this.#scene.shadow.isTombstoned(host, life))
        this.#violated(host, life, "nothing");
      return;
    }
    const { term, vote } = after.hardState;
    if (term < durable.term) this.#violated(host, life, `term ${term} after ${durable.term}`);
    if (term === durable.term && durable.vote !== 0 && vote !== durable.vote)
      this.#violated(host, life, `vote ${vote} of term ${term} after ${durable.vote}`);
    if (after.lastIndex < lastIndex)
      this.#violated(host, life, `entries to ${after.lastIndex} after ${lastIndex}`);
  }

  #violated(host: string, life: number, what: string): void {
    this.#scene.violated("recovered-logs", `${host}: life ${life} was durable; now it has ${what}`);
  }
}

/** Of each life of a store: earlier ones have nothing more to say. */
function lastActors(shadow: Shadow, host: string): Iterable<Incarnation> {
  const last = new Map<number, Incarnation>();
  for (const one of shadow.all()) if (one.host === host) last.set(one.life, one);
  return last.values();
}
