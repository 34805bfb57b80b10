// One thread of the system as the coordinator sees it: a member that mail can reach, from its start to its
// funeral. The main thread is a member too; it cannot die.
import type { MessagePort, Worker } from "node:worker_threads";
import { transfer } from "comlink";
import type { ErrorData } from "../actor/outcome.ts";
import { publishedMail } from "../lane/lane-layout.ts";
import type { LaneMemories, PeerIdentity, ThreadLinkEnd } from "../thread/peer-link.ts";
import type { ThreadHost } from "../thread/thread-host.ts";
import type { ControlLink, RemoteControl } from "./control-link.ts";
import type { LaneTraffic } from "./mail-ledger.ts";

/** The lanes between a member and one other, from the member's side. */
export type Lanes = { readonly outgoing: LaneMemories; readonly incoming: LaneMemories };

export abstract class Member {
  readonly identity: PeerIdentity;
  readonly counters: SharedArrayBuffer;
  readonly #lanes = new Map<Member, Lanes>();
  /** Traffic with members that are buried. */
  #incoming = 0;
  #outgoing = 0;

  constructor(identity: PeerIdentity, counters: SharedArrayBuffer) {
    this.identity = identity;
    this.counters = counters;
  }

  get thread(): number {
    return this.identity.thread;
  }

  /** Opens the member's end of a link. Settles, never rejects: a member that dies has opened it too. */
  abstract join(end: ThreadLinkEnd, other: Member): Promise<void>;
  /** The three steps of a funeral. They settle, never reject. */
  abstract detach(dead: Member, error: ErrorData | undefined): Promise<void>;
  abstract settle(dead: Member): Promise<void>;
  abstract bury(dead: Member): Promise<void>;

  keepLanes(other: Member, lanes: Lanes): void {
    this.#lanes.set(other, lanes);
  }

  /** `other` is dead and detached: the traffic with it is final. */
  closeLanes(other: Member): void {
    const lanes = this.#lanes.get(other);
    if (lanes === undefined) return;
    this.#lanes.delete(other);
    this.#incoming += publishedMail(lanes.incoming.mail);
    this.#outgoing += publishedMail(lanes.outgoing.mail);
  }

  /** Of its whole life; final once it is dead and detached by all. */
  traffic(): LaneTraffic {
    let [incoming, outgoing] = [this.#incoming, this.#outgoing];
    for (const lanes of this.#lanes.values()) {
      incoming += publishedMail(lanes.incoming.mail);
      outgoing += publishedMail(lanes.outgoing.mail);
    }
    return { incoming, outgoing };
  }
}

export class MainMember extends Member {
  readonly #host: ThreadHost;

  constructor(identity: PeerIdentity, counters: SharedArrayBuffer, host: ThreadHost) {
    super(identity, counters);
    this.#host = host;
  }

  async join(end: ThreadLinkEnd): Promise<void> {
    this.#host.join(end);
  }

  async detach(dead: Member, error: ErrorData | undefined): Promise<void> {
    this.#host.detach(dead.thread, error);
  }

  async settle(dead: Member): Promise<void> {
    this.#host.settle(dead.thread);
  }

  async bury(dead: Member): Promise<void> {
    this.#host.bury(dead.thread, dead.identity.arena.id);
  }
}

/** Something that happens once and may be waited for. */
export class Signal {
  readonly heard: Promise<void>;
  readonly give: () => void;

  constructor() {
    let give = (): void => {};
    this.heard = new Promise((resolve) => {
      give = resolve;
    });
    this.give = give;
  }
}

export type ThreadPurpose = "actors" | "dedicated";

export class ThreadMember extends Member {
  readonly worker: Worker;
  readonly control: ControlLink;
  readonly service: MessagePort;
  readonly purpose: ThreadPurpose;
  /** Resolves when the worker has exited, with the error that ended it, if one did. */
  readonly death: Promise<ErrorData | undefined>;
  state: "starting" | "live" | "dead" = "starting";
  /** Resolves when all its peers have opened their ends. */
  joined: Promise<unknown> = Promise.resolve();
  /** Says that it is ready, once. */
  readonly ready = new Signal();
  /** Nothing of it runs any more, its jobs included, and what it held is others' again: or it never will be. */
  readonly buried = new Signal();
  readonly #onFault: () => void;

  constructor(parts: {
    readonly identity: PeerIdentity;
    readonly counters: SharedArrayBuffer;
    readonly worker: Worker;
    readonly control: ControlLink;
    readonly service: MessagePort;
    readonly purpose: ThreadPurpose;
    readonly death: Promise<ErrorData | undefined>;
    readonly onFault: () => void;
  }) {
    super(parts.identity, parts.counters);
    this.worker = parts.worker;
    this.control = parts.control;
    this.service = parts.service;
    this.purpose = parts.purpose;
    this.death = parts.death;
    this.#onFault = parts.onFault;
  }

  join(end: ThreadLinkEnd, other: Member): Promise<void> {
    const moved = transfer(end, [end.doorbell as never]);
    return this.#settled(`join ${other.thread}`, (remote) => remote.join(moved));
  }

  detach(dead: Member, error: ErrorData | undefined): Promise<void> {
    const { thread } = dead;
    return this.#settled(`detach ${thread}`, (remote) => remote.detach(thread, error));
  }

  settle({ thread }: Member): Promise<void> {
    return this.#settled(`settle ${thread}`, (remote) => remote.settle(thread));
  }

  bury(dead: Member): Promise<void> {
    const { thread, identity } = dead;
    return this.#settled(`bury ${thread}`, (remote) => remote.bury(thread, identity.arena.id));
  }

  /**
   * Without a deadline: a funeral waits for every living thread, and one that is stuck can be killed,
   * which ends the waiting. An error is a broken invariant there: the thread is not fit to live on.
   */
  async #settled(what: string, run: (remote: RemoteControl) => Promise<void>): Promise<void> {
    try {
      await this.control.call(what, run, Number.POSITIVE_INFINITY);
    } catch {
      if (this.state !== "dead") this.#onFault();
    }
  }
}
