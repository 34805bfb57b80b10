// How many jobs each thread of the pool has, queued ones included, in shared memory: those who send jobs
// count up, the thread counts down. A hint for whom to ask next, nothing hangs on it.
export class JobLoad {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  static create(workers: number): JobLoad {
    return new JobLoad(new SharedArrayBuffer(4 * workers));
  }

  of(worker: number): number {
    return Atomics.load(this.#words, worker);
  }

  add(worker: number): void {
    Atomics.add(this.#words, worker, 1);
  }

  subtract(worker: number): void {
    Atomics.sub(this.#words, worker, 1);
  }

  /** Its thread has died with all that it had. */
  reset(worker: number): void {
    Atomics.store(this.#words, worker, 0);
  }
}
