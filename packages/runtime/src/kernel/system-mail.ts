// System mail that has arrived: answers to calls, watches, stops and spawns. It is handled between handlers,
// needs no room in any mailbox, and what it can not find any more it answers or undoes.

import type { AnyAddress } from "../actor/address.ts";
import { toErrorData } from "../actor/error-data.ts";
import type { DropReason, SpawnOutcome } from "../actor/outcome.ts";
import { unreachable } from "../assert.ts";
import type { Calls } from "./calls.ts";
import type { CellTable } from "./cell-table.ts";
import { isPromise } from "./immediate-performer.ts";
import type { AnyDefinition, DefinitionSource } from "./kernel-options.ts";
import type { Lives } from "./lives.ts";
import type { SystemRecord } from "./record.ts";
import type { Signals } from "./signals.ts";

type SystemMailOptions = {
  readonly cells: CellTable;
  readonly calls: Calls;
  readonly lives: Lives;
  readonly signals: Signals;
  readonly definitions: DefinitionSource;
};

type RecordOf<Kind extends SystemRecord["kind"]> = Extract<SystemRecord, { readonly kind: Kind }>;

export class SystemMail {
  readonly #o: SystemMailOptions;

  constructor(options: SystemMailOptions) {
    this.#o = options;
  }

  handle(record: SystemRecord): void {
    switch (record.kind) {
      case "reply":
        this.#o.calls.settleAsk(record.to, record.call, {
          kind: "reply",
          value: record.value,
        });
        break;
      case "failure":
        this.#o.calls.settleAsk(record.to, record.call, record.failure);
        break;
      case "moved":
        this.#o.calls.noteThread(record.to, record.call, record.thread);
        break;
      case "watch":
        this.#watch(record);
        break;
      case "unwatch":
        this.#o.cells.find(record.to)?.removeWatcher(record);
        break;
      case "terminated":
        this.#terminated(record);
        break;
      case "stop":
        this.#stop(record);
        break;
      case "spawn":
        this.#spawn(record);
        break;
      case "spawned":
        this.#spawned(record);
        break;
      default:
        unreachable(record);
    }
  }

  /** What could not be sent: whoever waits for its answer is told, whoever it would have given is stopped. */
  refused(record: SystemRecord, reason: DropReason): void {
    switch (record.kind) {
      case "watch":
      case "spawn":
        this.#o.calls.fail(record.from, record.call, reason);
        break;
      case "spawned":
        this.#stopOrphan(record.outcome);
        break;
      case "reply":
      case "failure":
      case "moved":
      case "unwatch":
      case "terminated":
      case "stop":
        return;
      default:
        unreachable(record);
    }
  }

  #watch(record: RecordOf<"watch">): void {
    const cell = this.#o.cells.find(record.to);
    if (cell !== undefined) cell.addWatcher({ from: record.from, call: record.call });
    else this.#o.lives.tellTermination(record.from, record.call, { kind: "not-found" });
  }

  #terminated(record: RecordOf<"terminated">): void {
    const call = this.#o.calls.take(record.to, record.call);
    if (call?.expected.what === "watch") call.expected.settle(record.termination);
  }

  #stop(record: RecordOf<"stop">): void {
    const cell = this.#o.cells.find(record.to);
    if (cell !== undefined) this.#o.lives.stop(cell, record.mode);
  }

  /** Loading a module takes time the first time; the spawner waits, this thread does not. */
  #spawn(record: RecordOf<"spawn">): void {
    const definition = record.definition ?? this.#load(record);
    if (isPromise(definition))
      definition.then(
        (loaded) => this.#spawnLoaded(record, loaded as AnyDefinition),
        (error) => this.#answerSpawn(record, { kind: "failed", error: toErrorData(error) }),
      );
    else this.#spawnLoaded(record, definition);
  }

  #load(record: RecordOf<"spawn">): AnyDefinition | Promise<AnyDefinition> {
    try {
      return this.#o.definitions.load(record.url, record.name);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #spawnLoaded(record: RecordOf<"spawn">, definition: AnyDefinition): void {
    const options = { mailboxMessagesMax: record.mailboxMessagesMax };
    this.#answerSpawn(record, this.#o.lives.spawn(definition, record.args, options));
  }

  #answerSpawn(record: RecordOf<"spawn">, outcome: SpawnOutcome<AnyAddress>): void {
    const to = record.from;
    this.#o.signals.send(to, { kind: "spawned", to, call: record.call, outcome });
  }

  /** A spawner that is gone cannot know its child: the child is stopped. */
  #spawned(record: RecordOf<"spawned">): void {
    const call = this.#o.calls.take(record.to, record.call);
    if (call?.expected.what === "spawn") call.expected.settle(record.outcome);
    else this.#stopOrphan(record.outcome);
  }

  #stopOrphan(outcome: SpawnOutcome<AnyAddress>): void {
    if (outcome.kind !== "spawned") return;
    this.#o.signals.send(outcome.address, { kind: "stop", to: outcome.address, mode: "now" });
  }
}
