/**
 * Runs one script: its directives in order, each output compared with the expected one byte for
 * byte. The first difference ends the script, since the state behind it is another one.
 */
import { ConfChangeScript } from "./confchange-script.ts";
import { Interaction } from "./interaction.ts";
import { runQuorumDirective } from "./quorum-script.ts";
import { type Directive, parseScript } from "./script.ts";
import { ScriptError } from "./script-error.ts";

export const SCRIPT_KINDS = ["interaction", "quorum", "confchange"] as const;
export type ScriptKind = (typeof SCRIPT_KINDS)[number];

export type ScriptResult =
  | { readonly outcome: "passed"; readonly directives: number }
  | {
      readonly outcome: "differs";
      readonly directive: Directive;
      readonly actual: string;
    }
  /** The script is malformed, or the core broke an invariant: there is no output to compare. */
  | {
      readonly outcome: "stopped";
      readonly directive: Directive | undefined;
      readonly reason: string;
    };

export function runScript(kind: ScriptKind, text: string): ScriptResult {
  let at: Directive | undefined;
  try {
    const directives = parseScript(text);
    if (directives.length === 0) throw new ScriptError("a script without directives");
    const run = runnerOf(kind);
    for (const directive of directives) {
      at = directive;
      const actual = withFinalNewline(run(directive));
      if (actual !== directive.expected) return { outcome: "differs", directive, actual };
    }
    return { outcome: "passed", directives: directives.length };
  } catch (error) {
    return { outcome: "stopped", directive: at, reason: reasonOf(error) };
  }
}

/** With fresh state. */
function runnerOf(kind: ScriptKind): (directive: Directive) => string {
  switch (kind) {
    case "quorum":
      return runQuorumDirective;
    case "confchange": {
      const script = new ConfChangeScript();
      return (directive) => script.run(directive);
    }
    case "interaction": {
      const interaction = new Interaction();
      return (directive) => interaction.run(directive);
    }
  }
}

/** An expected output always ends its last line. */
function withFinalNewline(output: string): string {
  return output === "" || output.endsWith("\n") ? output : `${output}\n`;
}

/** What the script has wrong is told in a line; what the core has wrong comes with its place. */
function reasonOf(error: unknown): string {
  if (error instanceof ScriptError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
