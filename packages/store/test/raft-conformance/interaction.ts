/**
 * Runs `interaction` scripts: nodes, the messages in flight between them, and commands that move
 * both. The core's trace events become log lines, in the order in which they happen.
 */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  isProposalRefusal,
  isStorageThread,
  isVoter,
  type LogIndex,
  type Message,
  makeConfChange,
  makeMessage,
  type PeerId,
  type Refusal,
} from "../../src/raft/index.ts";
import { CommandError } from "./command-error.ts";
import { InteractionNode, type NodeOptions } from "./interaction-node.ts";
import { refusalText } from "./log-line.ts";
import { parseOperations } from "./operations.ts";
import { Output } from "./output.ts";
import { type Argument, type Directive, parseBoolean } from "./script.ts";
import { entryLines, messageText, progressListing, readyText, roleText } from "./text.ts";

const ELECTION_TICKS = 3;

/**
 * Rounds of one `stabilize`: far beyond any script, so that a livelock fails instead of hanging.
 */
const ROUNDS_MAX = 1_000;

export class Interaction {
  readonly #output = new Output();
  readonly #nodes: InteractionNode[] = [];
  #inflight: Message[] = [];

  run(directive: Directive): string {
    return this.#output.collect(() => this.#dispatch(directive));
  }

  #dispatch(directive: Directive): void {
    const { args } = directive;
    switch (directive.command) {
      case "_breakpoint":
        return;
      case "add-nodes":
        this.#addNodes(directive);
        return;
      case "campaign":
        this.#nodeOf(args).raft.campaign();
        return;
      case "compact":
        this.#compact(args);
        return;
      case "deliver-msgs":
        this.#deliverMessages(args);
        return;
      case "forget-leader":
        this.#nodeOf(args).raft.forgetLeader();
        return;
      case "log-level":
        this.#output.setLevel(keyAt(args, 0));
        return;
      case "process-append-thread":
        this.#forEach(args, "processing append thread", (node) => this.#processAppend(node));
        return;
      case "process-apply-thread":
        this.#forEach(args, "processing apply thread", (node) => this.#processApply(node));
        return;
      case "process-ready":
        this.#forEach(args, "handling Ready", (node) => this.#processReady(node));
        return;
      case "propose":
        this.#check(this.#nodeOf(args).raft.propose(Buffer.from(keyAt(args, 1))));
        return;
      case "propose-conf-change":
        this.#proposeConfChange(directive);
        return;
      case "raft-log":
        this.#writeLog(this.#nodeOf(args));
        return;
      case "raft-state":
        this.#writeStates();
        return;
      case "report-unreachable":
        this.#nodeOf(args).raft.reportUnreachable(idOf(keyAt(args, 1)));
        return;
      case "send-snapshot":
        this.#sendSnapshot(args);
        return;
      case "set-randomized-election-timeout":
        this.#nodeOf(args).raft.overrideElectionTimeout(Number(valueFor(args, "timeout")));
        return;
      case "stabilize":
        this.#stabilizeAtLevel(args);
        return;
      case "status":
        this.#writeStatus(this.#nodeOf(args));
        return;
      case "tick-election":
        for (let i = 0; i < ELECTION_TICKS; i++) this.#nodeOf(args).raft.tick();
        return;
      case "tick-heartbeat":
        this.#nodeOf(args).raft.tick();
        return;
      case "transfer-leadership":
        this.#nodeById(idOf(required(args, "from"))).raft.transferLeader(
          idOf(required(args, "to")),
        );
        return;
      default:
        throw new CommandError("unknown command");
    }
  }

  #nodeById(id: PeerId): InteractionNode {
    const node = this.#nodes[id - 1];
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  #nodeOf(args: readonly Argument[]): InteractionNode {
    return this.#nodeById(idOf(keyAt(args, 0)));
  }

  #check(refusal: Refusal | undefined): void {
    if (refusal !== undefined) throw new CommandError(stepErrorText(refusal));
  }

  #addNodes({ args }: Directive): void {
    const ids = (key: string) => (find(args, key)?.values ?? []).map(idOf);
    const voters = ids("voters");
    const learners = ids("learners");
    const confState =
      voters.length + learners.length > 0
        ? { ...EMPTY_CONF_STATE, voters, learners }
        : EMPTY_CONF_STATE;
    const index = Number(valueFor(args, "index") ?? 0) as LogIndex;
    for (let count = Number(keyAt(args, 0)); count > 0; count--) {
      const id = (this.#nodes.length + 1) as PeerId;
      this.#nodes.push(new InteractionNode(this.#options(args, id), index, confState));
    }
  }

  #options(args: readonly Argument[], id: PeerId): NodeOptions {
    const isSet = (key: string) => parseBoolean(valueFor(args, key) ?? "false");
    const unlimited = Number.POSITIVE_INFINITY;
    return {
      id,
      electionTicks: ELECTION_TICKS,
      heartbeatTicks: 1,
      random: (exclusiveMax) => (id * 7) % exclusiveMax,
      asyncStorageWrites: isSet("async-storage-writes"),
      messageBytesMax: unlimited,
      applyingBytesMax: Number(valueFor(args, "max-committed-size-per-ready") ?? unlimited),
      uncommittedBytesMax: unlimited,
      inflightMessagesMax: Number(valueFor(args, "inflight") ?? unlimited),
      checkQuorum: isSet("checkquorum"),
      preVote: isSet("prevote"),
      readMode: valueFor(args, "read-only") === "lease-based" ? "lease-based" : "safe",
      disableConfChangeValidation: isSet("disable-conf-change-validation"),
      stepDownOnRemoval: isSet("step-down-on-removal"),
      trace: (event) => this.#output.log(event),
    };
  }

  #proposeConfChange({ args, input }: Directive): void {
    const transition = valueFor(args, "transition") ?? "auto";
    if (transition !== "auto" && transition !== "implicit" && transition !== "explicit")
      throw new CommandError(`unknown transition ${transition}`);
    const changes = parseOperations(input);
    const isVersion1 = parseBoolean(valueFor(args, "v1") ?? "false");
    if (isVersion1 && (changes.length !== 1 || transition !== "auto"))
      throw new CommandError("v1 conf change can only have one operation and no transition");
    const type = isVersion1 ? "conf-change" : "conf-change-v2";
    const change = makeConfChange(changes, transition);
    this.#check(this.#nodeOf(args).raft.proposeConfChange(change, type));
  }

  /** With several nodes each gets a heading, and what it does is shifted to the right. */
  #forEach(args: readonly Argument[], heading: string, run: (node: InteractionNode) => void): void {
    for (const { key } of args) {
      const node = this.#nodeById(idOf(key));
      if (args.length === 1) run(node);
      else this.#headed(node.id, heading, () => run(node));
    }
  }

  #headed(id: PeerId, heading: string, run: () => void): void {
    this.#output.write(`> ${id} ${heading}\n`);
    this.#output.indented(run);
  }

  #processReady(node: InteractionNode): void {
    const ready = node.raft.ready();
    this.#output.write(readyText(ready));
    if (!node.isAsync) {
      node.persist(ready.hardState ?? EMPTY_HARD_STATE, ready.entries, ready.snapshot);
      node.apply(ready.committedEntries);
    }
    for (const message of ready.messages) this.#enqueue(node, message);
    if (!node.isAsync) node.raft.advance();
  }

  #enqueue(node: InteractionNode, message: Message): void {
    if (message.to === APPEND_THREAD) node.appendWork.push(message);
    else if (message.to === APPLY_THREAD) node.applyWork.push(message);
    else this.#inflight.push(message);
  }

  #processAppend(node: InteractionNode): void {
    const work = node.appendWork.shift();
    if (work === undefined) {
      this.#output.write("no append work to perform");
      return;
    }
    this.#process(work, () => {
      const { term, vote, commit } = work;
      node.persist({ term, vote, commit }, work.entries, work.snapshot);
    });
  }

  #processApply(node: InteractionNode): void {
    const work = node.applyWork.shift();
    if (work === undefined) this.#output.write("no apply work to perform");
    else this.#process(work, () => node.apply(work.entries));
  }

  #process(work: Message, run: () => void): void {
    this.#output.write(`Processing:\n${messageText({ ...work, responses: [] })}\n`);
    run();
    this.#output.write("Responses:\n");
    for (const response of work.responses) this.#output.write(`${messageText(response)}\n`);
    this.#inflight.push(...work.responses);
  }

  #deliverMessages(args: readonly Argument[]): void {
    const type = valueFor(args, "type");
    let count = 0;
    for (const { key, values } of args) {
      if (values.length === 0) count += this.#deliver(idOf(key), type, false);
      if (key === "drop") for (const id of values) count += this.#deliver(idOf(id), type, true);
    }
    if (count === 0) this.#output.write("no messages\n");
  }

  /** @returns how many messages were delivered or dropped. */
  #deliver(to: PeerId, type: string | undefined, isDropping: boolean): number {
    const isTaken = (message: Message) =>
      message.to === to &&
      (type === undefined || message.type === type) &&
      !(isDropping && isLocal(message));
    const taken = this.#inflight.filter(isTaken);
    this.#inflight = this.#inflight.filter((message) => !isTaken(message));
    for (const message of taken) {
      this.#output.write(`${isDropping ? "dropped: " : ""}${messageText(message)}\n`);
      if (isDropping) continue;
      const refusal = this.#nodeById(to).raft.step(message);
      if (refusal !== undefined) this.#output.write(`${stepErrorText(refusal)}\n`);
    }
    return taken.length;
  }

  #stabilizeAtLevel(args: readonly Argument[]): void {
    const { level } = this.#output;
    this.#output.setLevel(valueFor(args, "log-level") ?? level);
    try {
      const ids = args.filter(({ values }) => values.length === 0).map(({ key }) => idOf(key));
      const nodes = ids.length > 0 ? ids.map((id) => this.#nodeById(id)) : this.#nodes;
      this.#stabilize(nodes);
    } finally {
      this.#output.setLevel(level);
    }
  }

  #stabilize(nodes: readonly InteractionNode[]): void {
    for (let round = 0; round < ROUNDS_MAX; round++) if (!this.#stabilizeOnce(nodes)) return;
    throw new Error("the nodes do not come to rest");
  }

  #stabilizeOnce(nodes: readonly InteractionNode[]): boolean {
    let isBusy = false;
    const phase = (heading: string, isDue: (node: InteractionNode) => boolean, run: Run) => {
      for (const node of nodes) {
        if (!isDue(node)) continue;
        isBusy = true;
        this.#headed(node.id, heading, () => run(node));
      }
    };
    phase(
      "handling Ready",
      (node) => node.raft.hasReady(),
      (node) => this.#processReady(node),
    );
    phase(
      "receiving messages",
      (node) => this.#inflight.some(({ to }) => to === node.id),
      (node) => this.#deliver(node.id, undefined, false),
    );
    phase(
      "processing append thread",
      (node) => node.appendWork.length > 0,
      (node) => {
        while (node.appendWork.length > 0) this.#processAppend(node);
      },
    );
    phase(
      "processing apply thread",
      (node) => node.applyWork.length > 0,
      (node) => {
        while (node.applyWork.length > 0) this.#processApply(node);
      },
    );
    return isBusy;
  }

  #compact(args: readonly Argument[]): void {
    const node = this.#nodeOf(args);
    if (!node.storage.compact(Number(keyAt(args, 1)) as LogIndex))
      throw new CommandError("requested index is unavailable due to compaction");
    this.#writeLog(node);
  }

  #writeLog({ storage }: InteractionNode): void {
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    if (last < first) {
      this.#output.write(`log is empty: first index=${first}, last index=${last}`);
      return;
    }
    const entries = storage.entries(first, (last + 1) as LogIndex, Number.POSITIVE_INFINITY);
    if (typeof entries === "string") throw new Error("the storage lacks its own entries");
    this.#output.write(entryLines(entries));
  }

  #writeStates(): void {
    for (const { id, raft } of this.#nodes) {
      const voter = isVoter(raft.confState, id) ? "Voter" : "Non-Voter";
      this.#output.write(
        `${id}: ${roleText(raft.role)} (${voter}) Term:${raft.term} Lead:${raft.leader}\n`,
      );
    }
  }

  #writeStatus({ raft }: InteractionNode): void {
    if (!raft.isLeader) return;
    this.#output.write(progressListing(raft.confState, (id) => raft.progressOf(id)));
  }

  #sendSnapshot(args: readonly Argument[]): void {
    const node = this.#nodeOf(args);
    const message = makeMessage({
      type: "MsgSnap",
      from: node.id,
      to: idOf(keyAt(args, 1)),
      term: node.raft.term,
      snapshot: node.storage.current,
    });
    this.#inflight.push(message);
    this.#output.write(messageText(message));
  }
}

type Run = (node: InteractionNode) => void;

function stepErrorText(refusal: Refusal): string {
  if (isProposalRefusal(refusal)) return refusalText(refusal);
  if (refusal === "local-message") return "raft: cannot step raft local message";
  if (refusal === "unknown-peer") return "raft: cannot step as peer not found";
  return "raft: too many pending reads";
}

function isLocal({ from, to }: Message): boolean {
  return from === to || isStorageThread(from) || isStorageThread(to);
}

function idOf(text: string): PeerId {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id <= 0) throw new Error(`not a node id: ${text}`);
  return id as PeerId;
}

function keyAt(args: readonly Argument[], position: number): string {
  const argument = args[position];
  if (argument === undefined) throw new Error("a directive with too few arguments");
  return argument.key;
}

function find(args: readonly Argument[], key: string): Argument | undefined {
  return args.find((argument) => argument.key === key);
}

function valueFor(args: readonly Argument[], key: string): string | undefined {
  return find(args, key)?.values[0];
}

function required(args: readonly Argument[], key: string): string {
  const value = valueFor(args, key);
  if (value === undefined) throw new Error(`a directive without ${key}`);
  return value;
}
