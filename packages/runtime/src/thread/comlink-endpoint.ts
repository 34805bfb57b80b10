// A port or worker of Node as comlink wants it.

import type { MessagePort, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";

type TransferList = Parameters<MessagePort["postMessage"]>[1];
type Heard = { handleEvent(event: unknown): void } | ((event: unknown) => void);

export type ClosableEndpoint = Endpoint & {
  /**
   * Hears and holds nothing any more. Comlink keeps the endpoint of a proxy for as long as the proxy is alive; one
   * that led back to it, by the calls that wait, would keep both for ever.
   */
  close(): void;
};

export function comlinkEndpoint(port: MessagePort | Worker): ClosableEndpoint {
  let open: MessagePort | Worker | undefined = port;
  const heard = new Map<unknown, (data: unknown) => void>();
  return {
    postMessage: (message: unknown, transfer?: TransferList) =>
      open?.postMessage(message, transfer),
    addEventListener: (_type: string, listener: Heard) => {
      const hear = (data: unknown): void => {
        if (typeof listener === "function") listener({ data });
        else listener.handleEvent({ data });
      };
      heard.set(listener, hear);
      open?.on("message", hear);
    },
    removeEventListener: (_type: string, listener: Heard) => {
      const hear = heard.get(listener);
      if (hear !== undefined) open?.off("message", hear);
      heard.delete(listener);
    },
    close: () => {
      for (const hear of heard.values()) open?.off("message", hear);
      heard.clear();
      open = undefined;
    },
  };
}
