// A plain worker that keeps how long each posted message took to it, and tells when all are there.
import { parentPort, workerData } from "node:worker_threads";
import { machineMs } from "../stamp-actors.ts";

const { count } = workerData as { readonly count: number };
let took: number[] = [];

parentPort?.on("message", (sentMs: number) => {
  took.push(machineMs() - sentMs);
  if (took.length < count) return;
  parentPort?.postMessage(Float64Array.from(took));
  took = [];
});
