// Errors as data: a thread boundary drops an Error's class, name and code, so that it travels as
// `ErrorData` and is rebuilt where somebody has to throw it.
import type { ErrorData } from "./outcome.ts";

/** A cause within a cause within … : beyond this nobody reads, and a cycle ends. */
const CAUSE_DEPTH_MAX = 8;

/** Of each text. With all its causes it fits a message: the end of an actor must always be told. */
const TEXT_CHARS_MAX = 4_096;

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

/** Never throws: what was thrown may be anything, and this is called where nobody could be told. */
function describe(thrown: unknown, depth: number): ErrorData {
  try {
    return thrown instanceof Error ? describeError(thrown, depth) : notAnError(String(thrown));
  } catch {
    return notAnError("something that cannot be described");
  }
}

function describeError(error: Error, depth: number): ErrorData {
  const { name, message, stack, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    name: cut(String(name)),
    message: cut(String(message)),
    code: code === undefined ? undefined : cut(code),
    stack: stack === undefined ? undefined : cut(String(stack)),
    cause: cause === undefined || depth === 0 ? undefined : describe(cause, depth - 1),
  };
}

function notAnError(text: string): ErrorData {
  const [code, stack, cause] = [undefined, undefined, undefined];
  return { name: "NotAnError", message: cut(text), code, stack, cause };
}

function cut(text: string): string {
  return text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX)}…`;
}
