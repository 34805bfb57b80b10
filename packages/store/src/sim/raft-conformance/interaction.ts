/**
 * Runs `interaction` scripts: nodes, the messages in flight between them, and commands that move
 * both. The core's trace events become log lines, in the order in which they happen.
 */
import {
  type ConfChangeTransition,
  isProposalRefusal,
  isVoter,
  type LogIndex,
  MESSAGE_TYPES,
  type MessageType,
  makeConfChange,
  makeMessage,
  type PeerId,
  type Refusal,
  type TraceSink,
} from "../../raft/index.ts";
import { untilAtRest } from "./at-rest.ts";
import { Call, parseId } from "./call.ts";
import { CommandError } from "./command-error.ts";
import { InFlight, type Selection } from "./in-flight.ts";
import { InteractionNode } from "./interaction-node.ts";
import { PROPOSAL_DROPPED } from "./log-line.ts";
import { ELECTION_TICKS, readFirstState, readNodeOptions } from "./new-node.ts";
import { NodeWork } from "./node-work.ts";
import { parseOperations } from "./operations.ts";
import { Output } from "./output.ts";
import type { Directive } from "./script.ts";
import { ScriptError } from "./script-error.ts";
import { entryLines, messageText, progressListing, roleText } from "./text.ts";

type Turn = (node: InteractionNode) => void;

export class Interaction {
  readonly #output = new Output();
  readonly #inFlight = new InFlight();
  readonly #work = new NodeWork(this.#output, this.#inFlight);
  readonly #nodes: InteractionNode[] = [];
  readonly #isTraced: boolean;

  /** @param isTraced whether the core has a sink for its events; without, no line is logged */
  constructor(isTraced = true) {
    this.#isTraced = isTraced;
  }

  run(directive: Directive): string {
    const call = new Call(directive);
    const output = this.#output.collect(() => this.#dispatch(call));
    call.end();
    return output;
  }

  #dispatch(call: Call): void {
    switch (call.command) {
      case "_breakpoint":
        return;
      case "add-nodes":
        return this.#addNodes(call);
      case "campaign":
        return this.#nodeOf(call).raft.campaign();
      case "compact":
        return this.#compact(call);
      case "deliver-msgs":
        return this.#deliverMessages(call);
      case "forget-leader":
        return this.#nodeOf(call).raft.forgetLeader();
      case "log-level":
        return this.#output.setLevel(call.text(0));
      case "process-append-thread":
        return this.#forEach(call, "processing append thread", (node) =>
          this.#work.processAppend(node),
        );
      case "process-apply-thread":
        return this.#forEach(call, "processing apply thread", (node) =>
          this.#work.processApply(node),
        );
      case "process-ready":
        return this.#forEach(call, "handling Ready", (node) => this.#work.handleReady(node));
      case "propose":
        return check(this.#nodeOf(call).raft.propose(Buffer.from(call.text(1))));
      case "propose-conf-change":
        return this.#proposeConfChange(call);
      case "raft-log":
        return this.#writeLog(this.#nodeOf(call));
      case "raft-state":
        return this.#writeStates();
      case "report-unreachable":
        return this.#nodeOf(call).raft.reportUnreachable(call.id(1));
      case "send-snapshot":
        return this.#sendSnapshot(this.#nodeOf(call), call.id(1));
      case "set-randomized-election-timeout":
        return this.#nodeOf(call).raft.overrideElectionTimeout(readTimeout(call));
      case "stabilize":
        return this.#stabilizeAtLevel(call);
      case "status":
        return this.#writeStatus(this.#nodeOf(call));
      case "tick-election":
        return tick(this.#nodeOf(call), ELECTION_TICKS);
      case "tick-heartbeat":
        return tick(this.#nodeOf(call), 1);
      case "transfer-leadership":
        return this.#transferLeadership(call);
      default:
        call.ignore();
        call.input();
        throw new CommandError("unknown command");
    }
  }

  #node(id: PeerId): InteractionNode {
    const node = this.#nodes[id - 1];
    if (node === undefined) throw new ScriptError(`there is no node ${id}`);
    return node;
  }

  /** The node that the first argument names. */
  #nodeOf(call: Call): InteractionNode {
    return this.#node(call.id(0));
  }

  /** Options that are not known have no meaning here, and are no mistake. */
  #addNodes(call: Call): void {
    const count = call.number(0);
    const { index, confState } = readFirstState(call);
    const sink: TraceSink = (event) => this.#output.log(event);
    const options = readNodeOptions(call, this.#isTraced ? sink : undefined);
    call.ignore();
    for (let added = 0; added < count; added++) {
      const id = (this.#nodes.length + 1) as PeerId;
      this.#nodes.push(new InteractionNode({ ...options, id }, index, confState));
    }
  }

  #proposeConfChange(call: Call): void {
    const node = this.#nodeOf(call);
    const transitionName = call.option("transition") ?? "auto";
    const isVersion1 = call.flag("v1");
    const [stranger] = call.rest();
    const input = call.input();
    const transition = toTransition(transitionName);
    if (stranger !== undefined) throw new CommandError(`unknown command ${stranger.key}`);
    const changes = parseOperations(input);
    if (isVersion1 && (changes.length !== 1 || transition !== "auto"))
      throw new CommandError("v1 conf change can only have one operation and no transition");
    const type = isVersion1 ? "conf-change" : "conf-change-v2";
    check(node.raft.proposeConfChange(makeConfChange(changes, transition), type));
  }

  #transferLeadership(call: Call): void {
    const from = this.#node(parseId(call.requiredOption("from")));
    from.raft.transferLeader(parseId(call.requiredOption("to")));
  }

  /** With several nodes each gets a heading, and what it does is shifted to the right. */
  #forEach(call: Call, heading: string, turn: Turn): void {
    const nodes = call.ids().map((id) => this.#node(id));
    if (nodes.length === 0) throw new ScriptError(`${call.command} has too few arguments`);
    for (const node of nodes)
      if (nodes.length === 1) turn(node);
      else this.#headed(node, heading, turn);
  }

  #headed(node: InteractionNode, heading: string, turn: Turn): void {
    this.#output.write(`> ${node.id} ${heading}\n`);
    this.#output.indented(() => turn(node));
  }

  #deliverMessages(call: Call): void {
    const type = readMessageType(call);
    let count = 0;
    for (const { key, values, text } of call.rest())
      if (key === "drop" && values.length > 0)
        for (const id of values) count += this.#drop({ to: parseId(id), type });
      else count += this.#deliver({ to: parseId(text), type });
    if (count === 0) this.#output.write("no messages\n");
  }

  /** @returns how many messages there were, as below. */
  #deliver(selection: Selection): number {
    const { raft } = this.#node(selection.to);
    const messages = this.#inFlight.take(selection);
    for (const message of messages) {
      this.#output.write(`${messageText(message)}\n`);
      const refusal = raft.step(message);
      if (refusal !== undefined) this.#output.write(`${stepErrorText(refusal)}\n`);
    }
    return messages.length;
  }

  /** The node need not exist yet. */
  #drop(selection: Selection): number {
    const messages = this.#inFlight.take({ ...selection, isRemoteOnly: true });
    for (const message of messages) this.#output.write(`dropped: ${messageText(message)}\n`);
    return messages.length;
  }

  #stabilizeAtLevel(call: Call): void {
    const { level } = this.#output;
    const during = call.option("log-level") ?? level;
    const ids = call.ids();
    const nodes = ids.length > 0 ? ids.map((id) => this.#node(id)) : this.#nodes;
    this.#output.setLevel(during);
    try {
      untilAtRest(() => this.#stabilizeOnce(nodes));
    } finally {
      this.#output.setLevel(level);
    }
  }

  /** @returns whether any node had anything to do. */
  #stabilizeOnce(nodes: readonly InteractionNode[]): boolean {
    let isBusy = false;
    const phase = (heading: string, isDue: (node: InteractionNode) => boolean, turn: Turn) => {
      for (const node of nodes) {
        if (!isDue(node)) continue;
        isBusy = true;
        this.#headed(node, heading, turn);
      }
    };
    phase(
      "handling Ready",
      ({ raft }) => raft.hasReady(),
      (node) => this.#work.handleReady(node),
    );
    phase(
      "receiving messages",
      ({ id }) => this.#inFlight.hasFor(id),
      ({ id }) => this.#deliver({ to: id }),
    );
    phase(
      "processing append thread",
      ({ appendWork }) => appendWork.length > 0,
      (node) => {
        while (node.appendWork.length > 0) this.#work.processAppend(node);
      },
    );
    phase(
      "processing apply thread",
      ({ applyWork }) => applyWork.length > 0,
      (node) => {
        while (node.applyWork.length > 0) this.#work.processApply(node);
      },
    );
    return isBusy;
  }

  #compact(call: Call): void {
    const node = this.#nodeOf(call);
    if (!node.storage.compact(call.number(1) as LogIndex))
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

  #sendSnapshot(node: InteractionNode, to: PeerId): void {
    const message = makeMessage({
      type: "MsgSnap",
      from: node.id,
      to,
      term: node.raft.term,
      snapshot: node.storage.current,
    });
    this.#inFlight.send([message]);
    this.#output.write(messageText(message));
  }
}

function tick({ raft }: InteractionNode, count: number): void {
  for (let ticked = 0; ticked < count; ticked++) raft.tick();
}

function check(refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw new CommandError(stepErrorText(refusal));
}

function stepErrorText(refusal: Refusal): string {
  if (isProposalRefusal(refusal)) return PROPOSAL_DROPPED;
  if (refusal === "local-message") return "raft: cannot step raft local message";
  if (refusal === "unknown-peer") return "raft: cannot step as peer not found";
  return "raft: too many pending reads";
}

function readTimeout(call: Call): number {
  const ticks = call.numberOption("timeout");
  if (ticks === undefined) throw new ScriptError(`${call.command} needs timeout`);
  return ticks;
}

function toTransition(name: string): ConfChangeTransition {
  if (name === "auto" || name === "implicit" || name === "explicit") return name;
  throw new CommandError(`unknown transition ${name}`);
}

function readMessageType(call: Call): MessageType | undefined {
  const name = call.option("type");
  const type = MESSAGE_TYPES.find((candidate) => candidate === name);
  if (name !== undefined && type === undefined)
    throw new ScriptError(`unknown message type ${name}`);
  return type;
}
