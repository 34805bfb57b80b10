// comlink's worker: answers with what it is given.
import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import { nodeEndpoint } from "./comlink-endpoint.ts";

if (parentPort) expose({ echo: (number: number) => number }, nodeEndpoint(parentPort));
