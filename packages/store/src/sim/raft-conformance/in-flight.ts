/** The messages that were sent and neither delivered nor dropped: one list, oldest first. */
import { isStorageThread, type Message, type MessageType, type PeerId } from "../../raft/index.ts";

export type Selection = {
  readonly to: PeerId;
  /** Messages of every type if undefined. */
  readonly type?: MessageType | undefined;
  /** Leaves what a node sent to itself or got from its storage threads: no network can lose it. */
  readonly isRemoteOnly?: boolean;
};

export class InFlight {
  #messages: Message[] = [];

  send(messages: readonly Message[]): void {
    this.#messages.push(...messages);
  }

  hasFor(to: PeerId): boolean {
    return this.#messages.some((message) => message.to === to);
  }

  /** Removes and returns what is selected, in order. */
  take(selection: Selection): readonly Message[] {
    const taken = this.#messages.filter((message) => isSelected(message, selection));
    this.#messages = this.#messages.filter((message) => !isSelected(message, selection));
    return taken;
  }
}

function isSelected(message: Message, { to, type, isRemoteOnly = false }: Selection): boolean {
  if (message.to !== to) return false;
  if (type !== undefined && message.type !== type) return false;
  return !(isRemoteOnly && isLocal(message));
}

function isLocal({ from, to }: Message): boolean {
  return from === to || isStorageThread(from) || isStorageThread(to);
}
