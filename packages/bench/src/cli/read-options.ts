// The options of a command line as they were given: none that is unknown, no stray words.
import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

type Options = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;

type Given<Known extends Options> = {
  readonly [Name in keyof Known]?:
    | (Known[Name]["type"] extends "boolean" ? boolean : string)
    | undefined;
};

/** @throws UsageError */
export function readOptions<Known extends Options>(
  args: readonly string[],
  options: Known,
): Given<Known> {
  try {
    const config = { args: [...args], strict: true, allowPositionals: false, options };
    return parseArgs(config).values as Given<Known>;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
