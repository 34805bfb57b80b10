// The rival's other side: a plain worker that counts what it is posted, alone or in arrays, and sends back
// what it is asked to.
import { parentPort, workerData } from "node:worker_threads";
import { beBusy } from "../busy.ts";
import { type Item, weightOf } from "../items.ts";
import { answerTo, type Question } from "../questions.ts";

type Posted =
  | Item
  | readonly Item[]
  | { readonly kind: "expect"; readonly count: number }
  | Question;

const { workUs } = workerData as { readonly workUs: number };

let count = 0;
let sum = 0;
let expected = Number.POSITIVE_INFINITY;

function take(item: Item): void {
  count += 1;
  sum += weightOf(item);
  if (workUs > 0) beBusy(workUs);
}

function answerIfWhole(): void {
  if (count < expected) return;
  parentPort?.postMessage({ count, sum });
  count = 0;
  sum = 0;
  expected = Number.POSITIVE_INFINITY;
}

parentPort?.on("message", (posted: Posted) => {
  if (!("kind" in posted)) for (const item of posted) take(item);
  else if (posted.kind === "echo" || posted.kind === "echo-bytes")
    return parentPort?.postMessage(answerTo(posted));
  else if (posted.kind === "expect") expected = posted.count;
  else take(posted);
  answerIfWhole();
});
