/**
 * What a node of an interaction script does when it is its turn: handle a Ready, do one piece of
 * work of a storage thread. Written to the output as it happens.
 */
import { APPEND_THREAD, APPLY_THREAD, EMPTY_HARD_STATE, type Message } from "../../raft/index.ts";
import type { InFlight } from "./in-flight.ts";
import type { InteractionNode } from "./interaction-node.ts";
import type { Output } from "./output.ts";
import { messageText, readyText } from "./text.ts";

export class NodeWork {
  readonly #output: Output;
  readonly #inFlight: InFlight;

  constructor(output: Output, inFlight: InFlight) {
    this.#output = output;
    this.#inFlight = inFlight;
  }

  handleReady(node: InteractionNode): void {
    const ready = node.raft.ready();
    this.#output.write(readyText(ready));
    if (!node.isAsync) {
      node.persist(ready.hardState ?? EMPTY_HARD_STATE, ready.entries, ready.snapshot);
      node.apply(ready.committedEntries);
    }
    for (const message of ready.messages) this.#send(node, message);
    if (!node.isAsync) node.raft.advance();
  }

  #send(node: InteractionNode, message: Message): void {
    if (message.to === APPEND_THREAD) node.appendWork.push(message);
    else if (message.to === APPLY_THREAD) node.applyWork.push(message);
    else this.#inFlight.send([message]);
  }

  processAppend(node: InteractionNode): void {
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

  processApply(node: InteractionNode): void {
    const work = node.applyWork.shift();
    if (work === undefined) this.#output.write("no apply work to perform");
    else this.#process(work, () => node.apply(work.entries));
  }

  #process(work: Message, run: () => void): void {
    this.#output.write(`Processing:\n${messageText({ ...work, responses: [] })}\n`);
    run();
    this.#output.write("Responses:\n");
    for (const response of work.responses) this.#output.write(`${messageText(response)}\n`);
    this.#inFlight.send(work.responses);
  }
}
