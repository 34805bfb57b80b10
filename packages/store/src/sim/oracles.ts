// The oracles of a running world: the four promises of the ownership model, and what Raft promises.
// They look on from outside of the guards, so a guard that is taken out trips the oracle that is
// its own.
import type { RegionId } from "@multiraft/pd/protocol";
import { type AnyAddress, InvariantError } from "@multiraft/runtime";
import type { HandledMail, Onlooker } from "@multiraft/runtime/testing";
import type { PeerArgs } from "../peer/peer-mail.ts";
import type { LifeStatus } from "../registry/registry-mail.ts";
import { CommittedEntries } from "./oracle/committed-entries.ts";
import { CurrentSnapshots } from "./oracle/current-snapshots.ts";
import { DurableFirst } from "./oracle/durable-first.ts";
import { DurablePromises } from "./oracle/durable-promises.ts";
import { EndedPeers } from "./oracle/ended-peers.ts";
import { EndedSenders, type LookInLog } from "./oracle/ended-senders.ts";
import { IdsGivenOnce } from "./oracle/ids-given-once.ts";
import { OneCreationPath } from "./oracle/one-creation-path.ts";
import type { Oracle, OracleName, Scene, Violation } from "./oracle/oracle.ts";
import { OwedChildren } from "./oracle/owed-children.ts";
import { OwnChanges } from "./oracle/own-changes.ts";
import { OwnMail } from "./oracle/own-mail.ts";
import { OwnTermReads } from "./oracle/own-term-reads.ts";
import { OwnedEntries } from "./oracle/owned-entries.ts";
import { RaftSafety } from "./oracle/raft-safety.ts";
import { RecoveredLogs } from "./oracle/recovered-logs.ts";
import { RemovedPeers } from "./oracle/removed-peers.ts";
import { Routes } from "./oracle/routes.ts";
import { VotesAfterStart } from "./oracle/votes-after-start.ts";
import { Shadow } from "./shadow.ts";

/** Kept; after the first the others are mostly its consequences. */
const VIOLATIONS_MAX = 100;

export class Oracles implements Onlooker {
  readonly violations: Violation[] = [];
  readonly shadow = new Shadow();
  readonly #ownedEntries: OwnedEntries;
  readonly #endedSenders: EndedSenders | undefined;
  readonly #all: readonly Oracle[];

  /**
   * @param lookInLog Given where nothing of the cluster is played by a script: what one store does follows from
   * the others.
   */
  constructor(
    look: (host: string, regionId: RegionId) => LifeStatus | undefined,
    lookInLog?: LookInLog,
  ) {
    const scene: Scene = {
      shadow: this.shadow,
      violated: (oracle, what) => this.report(oracle, what),
    };
    this.#ownedEntries = new OwnedEntries(scene, look);
    this.#endedSenders = lookInLog && new EndedSenders(scene, lookInLog);
    this.#all = [
      new OneCreationPath(scene),
      new CurrentSnapshots(scene),
      this.#ownedEntries,
      new OwnMail(scene),
      new RaftSafety(scene),
      new CommittedEntries(scene),
      new DurableFirst(scene),
      new DurablePromises(scene),
      new OwedChildren(scene),
      ...(this.#endedSenders ? [this.#endedSenders, ...ofWholeClusters(scene)] : []),
    ];
  }

  started(host: string, life: AnyAddress, actor: string, args: unknown): void {
    if (actor !== "peerActor") return;
    const incarnation = this.shadow.start(host, life, args as PeerArgs);
    for (const oracle of this.#all) oracle.started?.(incarnation);
    for (const oracle of this.#all) oracle.spawned?.(host, life, args as PeerArgs);
  }

  ended(_host: string, life: AnyAddress): void {
    this.shadow.end(life);
  }

  handling(mail: HandledMail): void {
    this.shadow.note(mail);
    for (const oracle of this.#all) oracle.handling?.(mail);
  }

  crashed(host: string): void {
    for (const oracle of this.#all) oracle.crashed?.(host);
  }

  report(oracle: OracleName, what: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push({ oracle, what });
  }

  /** The system is at rest. */
  settled(): void {
    this.#ownedEntries.check();
    this.#endedSenders?.check();
  }

  /** Called when the system is at rest. @throws InvariantError for the first broken promise. */
  check(): void {
    this.settled();
    const first = this.violations[0];
    if (first !== undefined) throw new InvariantError(`${first.oracle}: ${first.what}`);
  }
}

function ofWholeClusters(scene: Scene): readonly Oracle[] {
  return [
    new RemovedPeers(scene),
    new EndedPeers(scene),
    new OwnChanges(scene),
    new VotesAfterStart(scene),
    new OwnTermReads(scene),
    new IdsGivenOnce(scene),
    new Routes(scene),
    new RecoveredLogs(scene),
  ];
}
