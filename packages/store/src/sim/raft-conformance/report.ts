/** What a run of scripts prints: a line a file, and all there is to see where one differs. */
import type { ScriptResult } from "./run-script.ts";

/** @param path As the reader should open it. */
export function resultText(path: string, result: ScriptResult): string {
  switch (result.outcome) {
    case "passed":
      return `passed  ${path}  ${result.directives} directives`;
    case "differs": {
      const { directive, actual } = result;
      const place = `FAILED  ${path}:${directive.line}: ${directive.text}`;
      return `${place}\n${block("expected", directive.expected)}\n${block("actual", actual)}`;
    }
    case "stopped": {
      const { directive, reason } = result;
      if (directive === undefined) return `FAILED  ${path}: ${reason}`;
      const place = `FAILED  ${path}:${directive.line}: ${directive.text}`;
      return `${place}\n${block("expected", directive.expected)}\n${block("stopped by", reason)}`;
    }
  }
}

/** Bars show where lines begin, since spaces count. */
function block(title: string, text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const shown = text === "" ? "    (nothing)" : lines.map((line) => `    |${line}`).join("\n");
  return `  ${title}\n${shown}`;
}
