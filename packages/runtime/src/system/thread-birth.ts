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
import { type Lanes, type Member, ThreadMember, type ThreadPurpose } from "./member.ts";
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

/**
 * The worker runs from here on; its peers know it when the member's `joined` resolves.
 * @throws What the process refuses: memory, or one thread more. Nobody knows of the thread then.
 */
export function bearThread(plan: BirthPlan): ThreadMember {
  const links: Link[] = [];
  const { port1, port2 } = new MessageChannel();
  let worker: Worker;
  try {
    for (const peer of plan.peers) links.push(link(plan, peer));
    worker = startWorker(plan, links, port2);
  } catch (thrown) {
    // A port that is open is kept, even when nobody holds it.
    for (const port of [port1, ...links.map(({ own }) => own.doorbell)]) port.close();
    throw thrown;
  }
  const member = createMember(plan, worker, port1);
  for (const { peer, lanes } of links) {
    member.keepLanes(peer, lanes);
    peer.keepLanes(member, { outgoing: lanes.incoming, incoming: lanes.outgoing });
  }
  member.joined = Promise.all(links.map(({ peer, others }) => peer.join(others, member)));
  return member;
}

type Link = {
  readonly peer: Member;
  readonly lanes: Lanes;
  readonly own: ThreadLinkEnd;
  readonly others: ThreadLinkEnd;
};

function link({ identity, settings }: BirthPlan, peer: Member): Link {
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

function startWorker(plan: BirthPlan, links: readonly Link[], service: MessagePort): Worker {
  const { shared, identity: self, slots, counters, seed } = plan;
  const ends = links.map(({ own }) => own);
  const unburied = plan.unburied.map(({ identity }) => identity);
  const setup: ThreadSetup = {
    ...shared,
    self,
    slots,
    counters,
    seed,
    links: ends,
    unburied,
    service,
  };
  const worker = new Worker(new URL("../thread/worker-entry.js", import.meta.url), {
    workerData: setup,
    transferList: [service, ...ends.map(({ doorbell }) => doorbell)],
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
