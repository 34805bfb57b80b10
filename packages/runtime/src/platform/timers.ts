// Calls after a delay, and the process's way to stay alive: passed in where something has a deadline.

export interface Timers {
  /** Does not keep the process alive. @returns Cancels; harmless when it has fired. */
  after(delayMs: number, callback: () => void): () => void;
}

export const nodeTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
