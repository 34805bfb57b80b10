// Decides whether the system keeps the process alive: while its user wants it to, and while somebody waits
// for an answer. All its threads and ports are unreferenced, this one handle speaks for them.
import { MessageChannel, type MessagePort } from "node:worker_threads";

export class KeepAlive {
  readonly #port: MessagePort;
  #waiting = 0;
  #isWanted = true;
  #isClosed = false;

  constructor() {
    this.#port = new MessageChannel().port1;
    this.#port.on("message", () => {});
    this.#apply();
  }

  setWanted(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#apply();
  }

  /** The process lives until `promise` has settled. */
  async during<Value>(promise: Promise<Value>): Promise<Value> {
    this.#waiting += 1;
    this.#apply();
    try {
      return await promise;
    } finally {
      this.#waiting -= 1;
      this.#apply();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#port.close();
  }

  #apply(): void {
    if (this.#isClosed) return;
    if (this.#isWanted || this.#waiting > 0) this.#port.ref();
    else this.#port.unref();
  }
}
