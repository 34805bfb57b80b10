// An actor that keeps one lmdb tablet busy from its first message on, until its thread is ended.
// Index i puts `hot<i mod 50>` and `n<i>`, and deletes `n<i - 200>`: whoever reads the tablet can tell
// from its index what has to be in it. Runs on built files.
import fs from "node:fs";
import { defineActor, RealDisk } from "@multiraft/runtime";
import { openEngine } from "../../dist/tablet/engine.js";
import { TABLET_NAME, valueAt } from "./tablet-rule.mjs";

/** Refused work is how a thread that is to end tells so; anything else is a fault. */
const REFUSED = "ERR_MULTIRAFT_THREAD_ENDING";

class Busy {
  /** @param marks Two words: the durable index, and the steps that are done. */
  constructor(directory, marks) {
    this.directory = directory;
    this.marks = marks;
    this.disk = new RealDisk();
    this.engine = openEngine({ kind: "lmdb", disk: this.disk, directory });
    this.tablet = this.engine.open(TABLET_NAME);
  }

  apply() {
    const index = this.tablet.meta.appliedIndex + 1;
    const writes = [
      { kind: "put", key: `hot${index % 50}`, value: valueAt(index) },
      { kind: "put", key: `n${index}`, value: valueAt(index) },
      { kind: "delete", key: `n${index - 200}` },
    ];
    this.tablet.apply(writes, { ...this.tablet.meta, appliedIndex: index });
  }

  async flush(writes) {
    for (let left = writes; left > 0; left -= 1) this.apply();
    Atomics.store(this.marks, 0, await this.tablet.flush());
    Atomics.add(this.marks, 1, 1);
  }

  /** A handler that never returns: its thread can be ended by force alone. */
  spin() {
    for (;;) {
      this.tablet.scan({ start: "", end: "" }, 20, 2 ** 20);
      this.tablet.get("hot1");
      Atomics.add(this.marks, 1, 1);
    }
  }

  /** One step of each kind of work; a kind is repeated until the thread ends. */
  step = {
    commit: () => this.flush(3),
    /** So large that lmdb's thread begins before the batch is filled. */
    large: () => this.flush(2_000),
    copy: async (round) => {
      const directory = `${this.directory}/copy${round}`;
      // Written by lmdb where most of the file is free; else held open.
      const copied = this.tablet.openCopy(directory);
      await this.flush(3);
      (await copied).close();
      Atomics.add(this.marks, 1, 1);
      fs.rmSync(directory, { recursive: true, force: true });
    },
    open: async (round) => {
      const name = { ...TABLET_NAME, regionId: 1_000 + round };
      const other = await this.engine.create(name, { ...this.tablet.meta, appliedIndex: 5 });
      other.get("n1");
      other.close();
      this.engine.remove(name);
      await this.flush(3);
    },
    read: async () => {
      for (let left = 20; left > 0; left -= 1) {
        const view = this.tablet.openView();
        view.scan({ start: "", end: "" }, 20, 2 ** 20);
        view.close();
        this.tablet.middleKey();
        this.tablet.get("hot1");
      }
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.add(this.marks, 1, 1);
      if (this.marks[1] % 20 === 0) await this.flush(1);
    },
  };
}

export const busyActor = defineActor({
  url: import.meta.url,
  name: "busyActor",
  create(context, directory) {
    async function keepOn(busy, mode) {
      try {
        for (let round = 0; ; round += 1) await busy.step[mode](round);
      } catch (error) {
        const codes = [error.code, error.cause?.code, error.cause?.cause?.code];
        if (!codes.includes(REFUSED)) throw error;
      }
    }
    return {
      receive(message, envelope) {
        if (message.kind === "turn") return context.tell(context.self, message);
        const { bytes } = envelope.takePayload();
        const busy = new Busy(directory, new Int32Array(bytes.buffer, bytes.byteOffset, 2));
        if (message.mode === "spin") busy.spin();
        void keepOn(busy, message.mode);
        context.tell(context.self, { kind: "turn" });
      },
    };
  },
});
