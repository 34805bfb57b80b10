// What Node.js offers by itself: postMessage of small objects to a worker, one by one or 64 at a time.
import { Worker } from "node:worker_threads";
import { checkedRound, type Round, timed } from "../row.ts";

export class PostMessageRival {
  readonly #worker = new Worker(new URL("./post-message-entry.js", import.meta.url));

  async round(count: number, batch: number, text: string): Promise<Round> {
    const arrived = new Promise<{ readonly count: number; readonly sum: number }>((resolve) => {
      this.#worker.once("message", resolve);
    });
    let result = { count: 0, sum: 0 };
    const timing = await timed(async () => {
      this.#post(count, batch, text);
      this.#worker.postMessage({ kind: "expect", count });
      result = await arrived;
    });
    const isWhole = result.sum === (count * (count + 1)) / 2;
    return checkedRound("postMessage", count, isWhole ? result.count : -1, timing);
  }

  #post(count: number, batch: number, text: string): void {
    let items: { kind: "item"; number: number; text: string }[] = [];
    for (let number = 1; number <= count; number += 1) {
      const item = { kind: "item" as const, number, text };
      if (batch === 1) this.#worker.postMessage(item);
      else if (items.push(item) === batch) {
        this.#worker.postMessage(items);
        items = [];
      }
    }
    if (items.length > 0) this.#worker.postMessage(items);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
