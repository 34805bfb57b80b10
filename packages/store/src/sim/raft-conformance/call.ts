/**
 * A directive as its command reads it. Every argument and the input must be asked for by the
 * command, or the script fails: a misspelt option is never taken for one that was left out.
 */
import { type PeerId, toPeerId } from "../../raft/index.ts";
import type { Argument, Directive } from "./script.ts";
import { ScriptError } from "./script-error.ts";

export class Call {
  readonly command: string;
  readonly #args: readonly Argument[];
  readonly #input: string;
  readonly #unread: Set<Argument>;
  #isInputRead: boolean;

  constructor({ command, args, input }: Directive) {
    this.command = command;
    this.#args = args;
    this.#input = input;
    this.#unread = new Set(args);
    this.#isInputRead = input === "";
  }

  /** The argument at `position` as it is written, whatever it holds. */
  text(position: number): string {
    const argument = this.#args[position];
    if (argument === undefined) throw new ScriptError(`${this.command} has too few arguments`);
    this.#unread.delete(argument);
    return argument.text;
  }

  number(position: number): number {
    return parseNumber(this.text(position));
  }

  id(position: number): PeerId {
    return parseId(this.text(position));
  }

  /** The value of an option, undefined if it is left out. */
  option(key: string): string | undefined {
    const values = this.list(key);
    if (values === undefined) return undefined;
    const [value] = values;
    if (value === undefined || values.length > 1) throw new ScriptError(`${key} takes one value`);
    return value;
  }

  requiredOption(key: string): string {
    const value = this.option(key);
    if (value === undefined) throw new ScriptError(`${this.command} needs ${key}`);
    return value;
  }

  numberOption(key: string): number | undefined {
    const value = this.option(key);
    return value === undefined ? undefined : parseNumber(value);
  }

  /** False if it is left out. */
  flag(key: string): boolean {
    return parseBoolean(this.option(key) ?? "false");
  }

  /** The values of an option, undefined if it is left out. */
  list(key: string): readonly string[] | undefined {
    const [argument, another] = this.#args.filter((each) => each.key === key);
    if (argument === undefined) return undefined;
    if (another !== undefined) throw new ScriptError(`${key} is given twice`);
    this.#unread.delete(argument);
    return argument.values;
  }

  /** What has not been asked for yet, in order. */
  rest(): readonly Argument[] {
    const rest = [...this.#unread];
    this.#unread.clear();
    return rest;
  }

  /** The arguments that are left, each a node. */
  ids(): readonly PeerId[] {
    return this.rest().map(({ text }) => parseId(text));
  }

  input(): string {
    this.#isInputRead = true;
    return this.#input;
  }

  /** What is left means nothing here, by the format's own rule. */
  ignore(): void {
    this.#unread.clear();
  }

  /** To be called when the command has read what it takes, also if it refused that. */
  end(): void {
    const [argument] = this.#unread;
    if (argument !== undefined)
      throw new ScriptError(`${this.command} does not take ${argument.text}`);
    if (!this.#isInputRead) throw new ScriptError(`${this.command} takes no input`);
  }
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new ScriptError(`not a number: ${text}`);
  return value;
}

export function parseId(text: string): PeerId {
  const id = parseNumber(text);
  if (id === 0) throw new ScriptError("node ids begin with 1");
  return toPeerId(id);
}

function parseBoolean(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new ScriptError(`not a boolean: ${text}`);
}
