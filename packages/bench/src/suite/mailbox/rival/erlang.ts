// Erlang/OTP as a rival: the same programs in a module of our own, compiled before each round. Optional:
// it has to be on the PATH.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { assert } from "@multiraft/runtime";
import { defineRound, rateOf } from "../../round.ts";
import type { RoundParams } from "../../row.ts";

export type ErlangParams = RoundParams & {
  readonly program: string;
  readonly schedulers: number;
  /** The program's numbers in its order, between spaces. */
  readonly numbers: string;
};

const SOURCE = fileURLToPath(
  new URL("../../../../src/suite/mailbox/rival/savina_bench.erl", import.meta.url),
);
const MODULE = "savina_bench";

/** @returns Why it cannot be measured; undefined when it can. */
export function absentErlang(): string | undefined {
  const { status } = spawnSync("erlc", ["--help"], { stdio: "ignore" });
  const isThere =
    status !== null && spawnSync("erl", ["-version"], { stdio: "ignore" }).status === 0;
  return isThere ? undefined : "erl and erlc are not on the PATH";
}

export const erlangRound = defineRound<ErlangParams>({
  url: import.meta.url,
  name: "erlangRound",
  open: async ({ program, schedulers, numbers }, { directory }) => {
    compile(directory);
    const { asked, close } = start(directory, schedulers, [program, ...numbers.split(" ")]);
    return {
      iterate: async () => {
        const [done = 0, tookUs = 0, cpuUs = 0] = (await asked()).split(" ").map(Number);
        assert(done > 0 && tookUs > 0, "Erlang did nothing");
        return rateOf(done, { seconds: tookUs / 1e6, cpuSeconds: cpuUs / 1e6 });
      },
      close,
    };
  },
});

/** The scratch directory is the round's own, and so is what is compiled; none of it is measured. */
function compile(directory: string): void {
  const { status, stderr } = spawnSync("erlc", ["-o", directory, SOURCE], { encoding: "utf8" });
  if (status !== 0) throw new Error(`erlc: ${stderr}`);
}

function start(directory: string, schedulers: number, args: readonly string[]) {
  const options = ["-noshell", "+S", `${schedulers}:${schedulers}`, "-pa", directory];
  const command = [...options, "-s", MODULE, "main", "-extra", ...args];
  const erl: ChildProcess = spawn("erl", command, { stdio: ["pipe", "pipe", "inherit"] });
  const { stdin, stdout } = erl;
  assert(stdin !== null && stdout !== null, "Erlang without pipes");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => erl.once("close", () => resolve()));
  return {
    asked: async (): Promise<string> => {
      stdin.write("go\n");
      const { value, done } = await lines.next();
      if (done) throw new Error("Erlang ended: its work did not add up");
      return value;
    },
    close: async () => {
      stdin.end();
      await ended;
    },
  };
}
