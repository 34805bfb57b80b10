// Errors as data: a thread boundary drops an Error's class, name and code, so that it travels as
// `ErrorData` and is rebuilt where somebody has to throw it.
import type { ErrorData } from "./outcome.ts";

/** A cause within a cause within … : beyond this nobody reads, and a cycle ends. */
const CAUSE_DEPTH_MAX = 8;

export function toErrorData(thrown: unknown): ErrorData {
  return describe(thrown, CAUSE_DEPTH_MAX);
}

/** An `ErrorData` of our own making. */
export function codedError(code: string, message: string, cause?: ErrorData): ErrorData {
  return { name: "Error", message, code, stack: undefined, cause };
}

/** An Error that shows what `data` says; `cause` included. */
export function fromErrorData(data: ErrorData): Error & { readonly code?: string } {
  const options = data.cause === undefined ? undefined : { cause: fromErrorData(data.cause) };
  const error: Error & { code?: string } = new Error(data.message, options);
  error.name = data.name;
  if (data.code !== undefined) error.code = data.code;
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

function describe(thrown: unknown, depth: number): ErrorData {
  if (!(thrown instanceof Error))
    return {
      name: "NotAnError",
      message: String(thrown),
      code: undefined,
      stack: undefined,
      cause: undefined,
    };
  return {
    name: thrown.name,
    message: thrown.message,
    code: codeOf(thrown),
    stack: thrown.stack,
    cause:
      thrown.cause === undefined || depth === 0 ? undefined : describe(thrown.cause, depth - 1),
  };
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
