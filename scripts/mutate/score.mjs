/** From Stryker's report of one file to mutants, and from mutants to a score. */
import { keyOf, shown } from "./listed.mjs";

/**
 * @typedef {{ file: string, line: string, mutator: string, from: string, to: string,
 *   ordinal: number, lineNumber: number, status: string }} Mutant
 */

const DETECTED = ["Killed", "Timeout"];
const UNDETECTED = ["Survived", "NoCoverage"];

/**
 * The mutants of a file in the order of the source, each with what it is known by.
 * @returns {Mutant[]}
 */
export function mutantsOf(file, { source, mutants }) {
  const lines = source.split("\n");
  const seen = new Map();
  return [...mutants].sort(bySource).map((mutant) => {
    const { start } = mutant.location;
    const known = {
      file,
      line: shown(lines[start.line - 1]),
      mutator: mutant.mutatorName,
      from: shown(textAt(lines, mutant.location)),
      to: shown(mutant.replacement ?? ""),
    };
    const place = JSON.stringify(known);
    const ordinal = (seen.get(place) ?? 0) + 1;
    seen.set(place, ordinal);
    return { ...known, ordinal, lineNumber: start.line, status: mutant.status };
  });
}

function bySource({ location: a }, { location: b }) {
  return a.start.line - b.start.line || a.start.column - b.start.column;
}

/** Stryker counts lines and columns from 1; the end is exclusive. */
function textAt(lines, { start, end }) {
  const taken = lines.slice(start.line - 1, end.line);
  taken[taken.length - 1] = taken.at(-1).slice(0, end.column - 1);
  taken[0] = taken[0].slice(start.column - 1);
  return taken.join("\n");
}

/**
 * (killed + timed out) / (all, less ignored texts of messages and listed equivalents). A mutant that
 * could not run at all (`Ignored`, `CompileError`, `RuntimeError`) is none.
 */
export function tally(mutants, listed) {
  const verdicts = new Map(listed.map((row) => [keyOf(row), row.verdict]));
  const count = (test) => mutants.filter(test).length;
  const has = (...statuses) => count(({ status }) => statuses.includes(status));
  const equivalent = count(
    (mutant) => UNDETECTED.includes(mutant.status) && verdicts.get(keyOf(mutant)) === "equivalent",
  );
  const detected = has(...DETECTED);
  const counted = detected + has(...UNDETECTED) - equivalent;
  return {
    killed: has("Killed"),
    timedOut: has("Timeout"),
    survived: has("Survived"),
    noCoverage: has("NoCoverage"),
    ignored: has("Ignored"),
    equivalent,
    counted,
    scorePercent: counted === 0 ? 100 : (100 * detected) / counted,
  };
}

/**
 * Survivors that nobody has given a reason for, and reasons that no survivor needs any more.
 * @param {Mutant[]} mutants
 * @returns {{ unlisted: Mutant[], stale: { line: string, status: string }[] }}
 */
export function compare(mutants, listed) {
  const survivors = mutants.filter(({ status }) => UNDETECTED.includes(status));
  const listedKeys = new Set(listed.map(keyOf));
  const statuses = new Map(mutants.map((mutant) => [keyOf(mutant), mutant.status]));
  return {
    unlisted: survivors.filter((mutant) => !listedKeys.has(keyOf(mutant))),
    stale: listed
      .filter((row) => !UNDETECTED.includes(statuses.get(keyOf(row))))
      .map((row) => ({ ...row, status: statuses.get(keyOf(row)) ?? "gone" })),
  };
}
