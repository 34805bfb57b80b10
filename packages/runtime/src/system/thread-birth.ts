// Starts one thread: its memory, its links to all that live, and the worker itself.
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { toErrorData } from "../actor/error-data.ts";
import type { ErrorData } from "../actor/outcome.ts";
import { createArenaMemory } from "../lane/slab-layout.ts";
import type { Timers } from "../platform/timers.ts";
import type { SlotRange } from "../routing/shared-routing-table.ts";
import { createLaneMemories, type PeerIdentity, type ThreadLinkEnd } from "../thread/peer-link.ts";
import type { ToMain } from "../thread/service-mail.ts";
import type { SharedSetup, ThreadSetup } from "../thread/thread-setup.ts";
import { ControlLink } from "./control-link.ts";
import { type Member, ThreadMember, type ThreadPurpose } from "./member.ts";
import type { SystemSettings } from "./system-options.ts";

export type BirthPlan = {
  readonly identity: PeerIdentity;
  readonly counters: SharedArrayBuffer;
  readonly slots: SlotRange;
  readonly seed: number;
  readonly purpose: ThreadPurpose;
  readonly peers: readonly Member[];
  readonly unburied: readonly Member[];
  readonly shared: SharedSetup;
  readonly settings: SystemSettings;
  readonly timers: Timers;
  readonly onServiceMail: (member: ThreadMember, mail: ToMain) => void;
  readonly onFault: (member: ThreadMember) => void;
};

/** @param arenaId Never given twice in a process. */
export function createIdentity(thread: number, arenaId: number, arenaBytes: number): PeerIdentity {
  return { thread, arena: { id: arenaId, memory: createArenaMemory(arenaBytes) } };
}

/** The worker runs from here on; its peers know it when the member's `joined` resolves. */
export function bearThread(plan: BirthPlan): ThreadMember {
  const { identity, counters, slots, seed, shared, peers } = plan;
  const links = peers.map((peer) => link(plan, peer));
  const { port1, port2 } = new MessageChannel();
  const ends = links.map(({ own }) => own);
  const setup: ThreadSetup = {
    ...shared,
    self: identity,
    slots,
    counters,
    seed,
    links: ends,
    unburied: plan.unburied.map((dead) => dead.identity),
    service: port2,
  };
  const worker = startWorker(plan, setup, [port2, ...ends.map(({ doorbell }) => doorbell)]);
  const member = createMember(plan, worker, port1);
  for (const { peer, lanes } of links) {
    member.keepLanes(peer, lanes);
    peer.keepLanes(member, { outgoing: lanes.incoming, incoming: lanes.outgoing });
  }
  member.joined = Promise.all(links.map(({ peer, others }) => peer.join(others, member)));
  return member;
}

function link({ identity, settings }: BirthPlan, peer: Member) {
  const lanes = {
    outgoing: createLaneMemories(settings.laneBytes),
    incoming: createLaneMemories(settings.laneBytes),
  };
  const { port1, port2 } = new MessageChannel();
  const own: ThreadLinkEnd = { peer: peer.identity, ...lanes, doorbell: port1 };
  const others: ThreadLinkEnd = {
    peer: identity,
    outgoing: lanes.incoming,
    incoming: lanes.outgoing,
    doorbell: port2,
  };
  return { peer, lanes, own, others };
}

function startWorker(plan: BirthPlan, setup: ThreadSetup, transferList: MessagePort[]): Worker {
  const worker = new Worker(new URL("../thread/worker-entry.js", import.meta.url), {
    workerData: setup,
    transferList,
    name: `multiraft-${plan.purpose}-${plan.identity.thread}`,
    resourceLimits: { maxOldGenerationSizeMb: plan.settings.threadHeapMbMax },
  });
  return worker;
}

/**
 * What listens lives as long as the member, and must not hold the plan: that names those who lived at its
 * birth, whose plans name those before them, and the memory of all the dead would stay.
 */
function createMember(plan: BirthPlan, worker: Worker, service: MessagePort): ThreadMember {
  const { identity, counters, purpose, timers, settings, onFault, onServiceMail } = plan;
  const control = new ControlLink(identity.thread, worker, timers, settings.controlTimeoutMs);
  const member: ThreadMember = new ThreadMember({
    identity,
    counters,
    worker,
    control,
    service,
    purpose,
    death: deathOf(worker),
    onFault: () => onFault(member),
  });
  service.on("message", (mail: ToMain) => {
    if (mail.kind === "ready") member.ready.give();
    else onServiceMail(member, mail);
  });
  service.unref();
  worker.unref();
  return member;
}

/** Listens for the whole life of the worker: an error that nobody hears would end the process. */
function deathOf(worker: Worker): Promise<ErrorData | undefined> {
  return new Promise((resolve) => {
    let error: ErrorData | undefined;
    worker.on("error", (thrown) => {
      error = toErrorData(thrown);
    });
    worker.once("exit", () => resolve(error));
  });
}
