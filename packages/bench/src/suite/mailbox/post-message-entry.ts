// The rival's other side: a plain worker that counts what it is posted, alone or in arrays.
import { parentPort } from "node:worker_threads";

type Item = { readonly kind: "item"; readonly number: number; readonly text: string };
type Posted = Item | readonly Item[] | { readonly kind: "expect"; readonly count: number };

let count = 0;
let sum = 0;
let expected = Number.POSITIVE_INFINITY;

function take(item: Item): void {
  count += 1;
  sum += item.number;
}

parentPort?.on("message", (posted: Posted) => {
  if (Array.isArray(posted)) for (const item of posted as readonly Item[]) take(item);
  else if ((posted as Item).kind === "item") take(posted as Item);
  else expected = (posted as { readonly count: number }).count;
  if (count < expected) return;
  parentPort?.postMessage({ count, sum });
  count = 0;
  sum = 0;
  expected = Number.POSITIVE_INFINITY;
});
