// comlink's worker: answers what it is asked.
import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import { answerTo } from "../questions.ts";
import { nodeEndpoint } from "./comlink-endpoint.ts";

if (parentPort) expose({ echo: answerTo }, nodeEndpoint(parentPort));
