// What a subcommand of `npm run sim` is: its words for people, and its run from arguments to exit code.
import type { ProgressOutput } from "../report/progress.ts";

export type SimContext = {
  readonly environment: NodeJS.ProcessEnv;
  /** A line of the result, on standard output. */
  readonly say: (line: string) => void;
  /** Standard error. */
  readonly progress: ProgressOutput;
  /** Aborts at Ctrl-C: the command ends in order and says what was done so far. */
  readonly signal: AbortSignal;
};

export type SimCommand = {
  /** One line for the list of all subcommands. */
  readonly summary: string;
  readonly help: string;
  /**
   * @returns the exit code; EXIT_INTERRUPTED after Ctrl-C.
   * @throws UsageError on wrong options.
   */
  readonly run: (args: readonly string[], context: SimContext) => Promise<number>;
};
