// Whether what arrived is what was sent, as `isDeepStrictEqual` says it; lists and plain objects, which
// messages are made of, are compared here several times as fast.
import { isDeepStrictEqual } from "node:util";

/** @param received A tree: just decoded. @param sent Anything. */
export function isSameData(received: unknown, sent: unknown): boolean {
  if (typeof received !== "object" || received === null) return Object.is(received, sent);
  if (typeof sent !== "object" || sent === null) return false;
  const prototype = Object.getPrototypeOf(received);
  if (prototype !== Object.getPrototypeOf(sent)) return false;
  if (prototype === Object.prototype) return isSameObject(received as Fields, sent as Fields);
  if (Array.isArray(received) && Array.isArray(sent)) return isSameList(received, sent);
  return isDeepStrictEqual(received, sent);
}

type Fields = Readonly<Record<string, unknown>>;

function isSameObject(received: Fields, sent: Fields): boolean {
  let fields = 0;
  for (const name in received) {
    const field = sent[name];
    if (field === undefined && !Object.hasOwn(sent, name)) return false;
    if (!isSameData(received[name], field)) return false;
    fields += 1;
  }
  for (const _ in sent) fields -= 1;
  return fields === 0 && !hasSymbols(sent);
}

/** Names beside the places, and places without anything, are no data. */
function isSameList(received: readonly unknown[], sent: readonly unknown[]): boolean {
  if (received.length !== sent.length) return false;
  if (Object.keys(sent).length !== sent.length || hasSymbols(sent)) return false;
  for (let place = 0; place < sent.length; place += 1)
    if (!(place in sent) || !isSameData(received[place], sent[place])) return false;
  return true;
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}
