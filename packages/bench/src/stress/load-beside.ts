// Load that goes on beside deeds, until these are over. Whatever fails first, all of it has ended when it is told, and
// nothing fails unheard: a rejection that nobody waits for yet would end the process.

/**
 * @param loads Begun at once; each ends by itself once `end` was called. @param deeds What is done meanwhile.
 * @throws What failed; several failures as one, with the messages of all.
 */
export async function loadBeside(
  loads: readonly (() => Promise<void>)[],
  deeds: () => Promise<void>,
  end: () => void,
): Promise<void> {
  const ends = [...loads.map((load) => load()), deeds().finally(end)];
  const faults = (await Promise.allSettled(ends)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, faults.map(String).join("; "));
}
