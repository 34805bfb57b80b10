// comlink's own adapter for the ports and workers of Node.js: a CommonJS function, typed as a module.
import type { MessagePort, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";
import adapter from "comlink/dist/umd/node-adapter.js";

export function nodeEndpoint(port: MessagePort | Worker): Endpoint {
  const adapt = adapter as unknown as (port: MessagePort | Worker) => Endpoint;
  return adapt(port);
}
