// A round in a fresh process, so that no case meets the heap or the compiled code of another. The process
// leads a group of its own: whatever it started ends with it.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Case } from "./case.ts";
import type { Repetitions, RoundPlace, RoundResult } from "./round.ts";
import type { RoundParams } from "./row.ts";

export type RoundOrder = {
  readonly url: string;
  readonly name: string;
  readonly params: RoundParams;
  readonly repetitions: Repetitions;
  readonly place: RoundPlace;
};
export type RoundAnswer =
  | { readonly kind: "measured"; readonly measured: RoundResult }
  | { readonly kind: "failed"; readonly message: string };

const ENTRY = fileURLToPath(new URL("./round-entry.js", import.meta.url));
/** Of what a failed round said; its end is what tells the reason. */
const STDERR_CHARACTERS_MAX = 4_000;
const REMOVALS_MAX = 10;
/** Many times what the longest takes: what does not answer by then never does, and the run goes on without it. */
const ROUND_MS_MAX = 3_600_000;

export type RoundSite = RoundPlace & {
  /** A folder for the CPU profiles of all its threads; without one none is taken. */
  readonly profiles?: string | undefined;
};

/**
 * @param limitMs After which the round has failed. @throws Error with the round's message. When `signal` is aborted the
 * process group is killed.
 */
export async function runRound(
  one: Case,
  place: RoundSite,
  signal: AbortSignal,
  limitMs: number = ROUND_MS_MAX,
): Promise<RoundResult> {
  const { round, params, repetitions } = one;
  const { url, name } = round;
  const directory = mkdtempSync(join(place.directory, "round-"));
  const order: RoundOrder = { url, name, params, repetitions, place: { directory } };
  const child = fork(ENTRY, [], {
    execArgv: [...(round.flags ?? []), ...profileFlags(place)],
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const end = () => endGroup(child);
  signal.addEventListener("abort", end);
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    end();
  }, limitMs);
  try {
    if (signal.aborted) end();
    child.send(order);
    return await answerOf(child, one.name);
  } catch (error) {
    if (!isLate) throw error;
    const message = `${one.name}: no answer within ${limitMs / 1_000} s`;
    throw new Error(message, { cause: error });
  } finally {
    clearTimeout(limit);
    signal.removeEventListener("abort", end);
    end();
    // What the group was still writing may come in between.
    rmSync(directory, { recursive: true, force: true, maxRetries: REMOVALS_MAX });
  }
}

/** Worker threads inherit them: there is a file for each thread, written when it ends. */
function profileFlags({ profiles }: RoundSite): readonly string[] {
  return profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
}

async function answerOf(child: ChildProcess, name: string): Promise<RoundResult> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-STDERR_CHARACTERS_MAX);
  });
  let answer: RoundAnswer | undefined;
  child.on("message", (message: RoundAnswer) => {
    answer = message;
  });
  // Whoever the round left behind may hold its standard error open.
  child.on("exit", () => endGroup(child));
  const how = await new Promise<string>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("close", (code, by) => resolve(by === null ? `exit code ${code}` : `ended by ${by}`));
  });
  if (answer?.kind === "measured") return answer.measured;
  throw new Error(`${name}: ${answer?.message ?? `no answer, ${how}`}\n${said}`.trimEnd());
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Usually nobody of the group is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
