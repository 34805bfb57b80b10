// The tablet of a busy actor: what is in it at each index.
export const TABLET_NAME = { regionId: 7, life: 3, generation: 1 };
export const FIRST_INDEX = 5;

export const valueAt = (index) => Buffer.from(`${index}:${"x".repeat(1_000)}`);

function* keysAt(index) {
  for (let at = Math.max(FIRST_INDEX + 1, index - 49); at <= index; at += 1)
    yield [`hot${at % 50}`, at];
  for (let at = Math.max(FIRST_INDEX + 1, index - 199); at <= index; at += 1) yield [`n${at}`, at];
}

/** @throws Where the tablet holds anything else than what its own index says. */
export function checkTablet(tablet) {
  const index = tablet.meta.appliedIndex;
  const expected = new Map(keysAt(index));
  const pairs = tablet.scan({ start: "", end: "" }, 1_000, 2 ** 24);
  if (pairs.length !== expected.size)
    throw new Error(`index ${index}: ${pairs.length} pairs instead of ${expected.size}`);
  for (const { key, value } of pairs)
    if (!valueAt(expected.get(key) ?? 0).equals(value))
      throw new Error(`index ${index}: ${key} holds another value`);
  return index;
}
