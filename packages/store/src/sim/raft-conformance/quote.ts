/**
 * Bytes in double quotes, as Go's `%q` writes them: text as it is, the usual escapes, the code point
 * of what cannot be seen, and the byte of what is no UTF-8.
 */
const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** Letters, marks, numbers, punctuation, symbols, and of all spaces only the plain one. */
const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

export function quote(data: Uint8Array | null): string {
  const bytes = data ?? new Uint8Array();
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    text += length === 0 ? hexEscape("x", bytes[at] ?? 0, 2) : shown(bytes, at, length);
    at += Math.max(length, 1);
  }
  return `"${text}"`;
}

function shown(bytes: Uint8Array, at: number, length: number): string {
  const character = decode(bytes.subarray(at, at + length)) ?? "";
  if (ESCAPES[character] !== undefined) return ESCAPES[character];
  if (VISIBLE.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return hexEscape("x", point, 2);
  return point < 0x1_0000 ? hexEscape("u", point, 4) : hexEscape("U", point, 8);
}

/** Bytes of the UTF-8 character at `at`; 0 if there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++)
    if (decode(bytes.subarray(at, at + length)) !== undefined) return length;
  return 0;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function hexEscape(kind: string, value: number, digits: number): string {
  return `\\${kind}${value.toString(16).padStart(digits, "0")}`;
}
