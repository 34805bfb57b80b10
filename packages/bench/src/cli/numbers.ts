// Numbers, words and paths from a command line.
import { isAbsolute, resolve } from "node:path";
import { UsageError } from "./usage-error.ts";

export type Bounds = { readonly min: number; readonly max: number };

export function wholeNumber(option: string, text: string, { min, max }: Bounds): number {
  const value = Number(text);
  const isIn = /^\d+$/.test(text) && value >= min && value <= max;
  if (!isIn)
    throw new UsageError(`--${option} takes a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}

export function oneOf<Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined)
    throw new UsageError(`--${option} takes ${words.join(" or ")}, not "${text}"`);
  return word;
}

/** npm changes to the package's folder: a user's path is meant from where the command was given. */
export function userPath(path: string, environment: NodeJS.ProcessEnv): string {
  if (path === "") throw new UsageError("an empty path");
  return isAbsolute(path) ? path : resolve(environment["INIT_CWD"] ?? process.cwd(), path);
}
