// Wrong words on a command line: said with what is allowed, exit code 2.

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** 128 and the number of SIGINT, as shells do. */
export const EXIT_INTERRUPTED = 130;
