/** A command's refusal: its text is part of the expected output, unlike a failed assertion. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
