import { EventEmitter } from "node:events";
import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Timers } from "../platform/timers.ts";
import { ControlLink } from "./control-link.ts";

class HeldTimers implements Timers {
  readonly pending = new Set<() => void>();

  after(_delayMs: number, callback: () => void): () => void {
    this.pending.add(callback);
    return () => this.pending.delete(callback);
  }
}

/** A worker that never answers. */
class DeafWorker extends EventEmitter {
  postMessage(): void {}
}

function link() {
  const timers = new HeldTimers();
  const worker = new DeafWorker() as unknown as Worker;
  return { timers, control: new ControlLink(7, worker, timers, 50) };
}

test("a call that is not answered ends at its deadline", async () => {
  const { timers, control } = link();
  const called = control.call("inspect", (remote) => remote.inspect());
  for (const fire of timers.pending) fire();
  await expect(called).rejects.toMatchObject({
    code: "ERR_MULTIRAFT_CONTROL_TIMEOUT",
    message: 'thread 7 did not answer "inspect" within 50 ms',
  });
  expect(timers.pending.size).toBe(0);
});

test("the death of the thread ends all calls, those without a deadline and later ones too", async () => {
  const { timers, control } = link();
  const detach = control.call("detach", (remote) => remote.detach(1, undefined), Infinity);
  const inspect = control.call("inspect", (remote) => remote.inspect());
  control.die({ name: "E", message: "why", code: undefined, stack: undefined, cause: undefined });
  const later = control.call("inspect", (remote) => remote.inspect());
  for (const call of [detach, inspect, later])
    await expect(call).rejects.toMatchObject({
      code: "ERR_MULTIRAFT_THREAD_DEAD",
      cause: { message: "why" },
    });
  expect(timers.pending.size).toBe(0);
});
