// A port or worker of Node as comlink wants it.

import type { MessagePort, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";

type TransferList = Parameters<MessagePort["postMessage"]>[1];
type Heard = { handleEvent(event: unknown): void } | ((event: unknown) => void);

export function comlinkEndpoint(port: MessagePort | Worker): Endpoint {
  const heard = new Map<unknown, (data: unknown) => void>();
  return {
    postMessage: (message: unknown, transfer?: TransferList) => port.postMessage(message, transfer),
    addEventListener: (_type: string, listener: Heard) => {
      const hear = (data: unknown): void => {
        if (typeof listener === "function") listener({ data });
        else listener.handleEvent({ data });
      };
      heard.set(listener, hear);
      port.on("message", hear);
    },
    removeEventListener: (_type: string, listener: Heard) => {
      const hear = heard.get(listener);
      if (hear !== undefined) port.off("message", hear);
      heard.delete(listener);
    },
  };
}
