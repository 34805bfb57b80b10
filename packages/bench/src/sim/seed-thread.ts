// The side of a thread that runs seeds: one task at a time, answered by its place.
import { parentPort } from "node:worker_threads";

export type Given<Task> = { readonly place: number; readonly task: Task };
export type Done<Result> = { readonly place: number; readonly result: Result };

/** What `run` throws ends the thread, and with it the whole run. */
export function serveSeeds<Task, Result>(run: (task: Task) => Result | Promise<Result>): void {
  const port = parentPort;
  if (port === null) throw new TypeError("seeds are served on a thread of their own");
  port.on("message", async ({ place, task }: Given<Task>) => {
    const done: Done<Result> = { place, result: await run(task) };
    port.postMessage(done);
  });
}
