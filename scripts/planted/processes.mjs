// The processes that a campaign starts: never more than it waits for, and none left behind.
import { spawn } from "node:child_process";

const running = new Set();

/** A planted fault may loop for ever: then its process group is ended after this time. */
const PROCESS_MS_MAX = 180_000;
/** For what takes seconds and always ends, or nearly: on a busy machine, at a low priority, that is minutes. */
export const PATIENT_MS_MAX = 1_200_000;

/** @returns how it ended and what it wrote. */
export function runProcess(command, args, options, msMax = PROCESS_MS_MAX) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that the end of vitest is the end of its workers.
    const child = spawn(command, args, { ...options, stdio: "pipe", detached: true });
    running.add(child);
    let output = "";
    let isTimeout = false;
    const limit = setTimeout(() => {
      isTimeout = true;
      end(child);
    }, msMax);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX);
      });
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ status, output, isTimeout });
    });
  });
}

/** Enough for the last error of a process that went wrong. */
const OUTPUT_CHARACTERS_MAX = 4_000_000;

export function endProcesses() {
  for (const child of running) end(child);
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself just now.
  }
}
