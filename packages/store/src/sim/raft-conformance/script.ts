/**
 * The syntax of data-driven scripts: a directive line, input lines, `----`, the expected output.
 * Comments and blank lines separate; a second `----` opens an output that may hold blank lines.
 * Nothing of a script is skipped in silence: what does not follow the syntax is a ScriptError.
 */
import { ScriptError } from "./script-error.ts";

export type Argument = {
  readonly key: string;
  /** None if the argument is a key alone; one, the empty text, if it ends in `=`. */
  readonly values: readonly string[];
  /** As it is written. */
  readonly text: string;
};

export type Directive = {
  /** As it is written, on one line. */
  readonly text: string;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  readonly expected: string;
  /** Line of the directive, counted from 1. */
  readonly line: number;
};

const SEPARATOR = "----";

export function parseScript(text: string): readonly Directive[] {
  return new ScriptReader(text).directives();
}

class ScriptReader {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
    if (lines.at(-1) === "") lines.pop();
    this.#lines = lines;
  }

  directives(): readonly Directive[] {
    const directives: Directive[] = [];
    while (this.#at < this.#lines.length) {
      const line = this.#at + 1;
      const text = this.#directiveLine();
      if (text === "" || text.startsWith("#")) continue;
      directives.push(this.#directive(text, line));
    }
    return directives;
  }

  #directive(text: string, line: number): Directive {
    try {
      const { command, args } = parseDirective(text);
      return { text, command, args, input: this.#input(), expected: this.#expected(), line };
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      throw new ScriptError(`line ${line}: ${error.message}`, { cause: error });
    }
  }

  #next(): string | undefined {
    const line = this.#lines[this.#at];
    this.#at += 1;
    return line;
  }

  #directiveLine(): string {
    let text = (this.#next() ?? "").trim();
    if (text.startsWith("#")) return text;
    while (text.endsWith("\\")) text = `${text.slice(0, -1)} ${(this.#next() ?? "").trim()}`;
    return text;
  }

  #input(): string {
    const lines: string[] = [];
    for (let line = this.#next(); line !== SEPARATOR; line = this.#next()) {
      if (line === undefined) throw new ScriptError("a directive without ----");
      lines.push(line);
    }
    return lines.join("\n").trim();
  }

  #expected(): string {
    if (this.#lines[this.#at] === SEPARATOR) return this.#fencedOutput();
    let output = "";
    for (let line = this.#next(); line !== undefined && line.trim() !== ""; line = this.#next())
      output += `${line}\n`;
    return output;
  }

  #fencedOutput(): string {
    this.#at += 1;
    let output = "";
    while (!(this.#lines[this.#at] === SEPARATOR && this.#lines[this.#at + 1] === SEPARATOR)) {
      const line = this.#next();
      if (line === undefined) throw new ScriptError("an output opened by ---- is not closed");
      output += `${line}\n`;
    }
    this.#at += 2;
    const after = this.#next();
    if (after !== undefined && after.trim() !== "")
      throw new ScriptError("text after a closed output");
    return output;
  }
}

function parseDirective(text: string): { command: string; args: readonly Argument[] } {
  const commandEnd = text.search(/\s|$/);
  const args: Argument[] = [];
  let rest = text.slice(commandEnd).trimStart();
  while (rest !== "") {
    const { argument, length } = parseArgument(rest);
    args.push(argument);
    rest = rest.slice(length).trimStart();
  }
  return { command: text.slice(0, commandEnd), args };
}

function parseArgument(text: string): { argument: Argument; length: number } {
  const key = /^[^\s=]*/.exec(text)?.[0] ?? "";
  const after = text.slice(key.length);
  if (!after.startsWith("="))
    return { argument: { key, values: [], text: key }, length: key.length };
  if (after.startsWith("=(")) {
    const { values, length } = parseList(after.slice(2));
    const end = key.length + 2 + length;
    return { argument: { key, values, text: text.slice(0, end) }, length: end };
  }
  const value = /^[^\s]*/.exec(after.slice(1))?.[0] ?? "";
  const end = key.length + 1 + value.length;
  return { argument: { key, values: [value], text: text.slice(0, end) }, length: end };
}

/** Values up to the closing parenthesis, cut at the commas that no inner parentheses enclose. */
function parseList(text: string): { values: readonly string[]; length: number } {
  const values: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (depth === 0 && (character === "," || character === ")")) {
      const value = text.slice(start, at).trimStart();
      if (character === ",") values.push(value);
      else return { values: at === 0 ? [] : [...values, value], length: at + 1 };
      start = at + 1;
    }
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
  }
  throw new ScriptError(`a list without its closing parenthesis: ${text}`);
}
