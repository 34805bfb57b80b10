/**
 * The table of mutants that may survive, `docs/raft-mutants.md`: a heading `## FILE`, below it one
 * row a mutant. A mutant is known by its line's text, its mutator and what it replaces, so that it
 * stays the same mutant when lines move; `#2` tells the second of equal ones.
 */
const SHOWN_CHARS_MAX = 100;
const COLUMNS = ["line", "mutator", "from", "to", "verdict", "reason"];
const VERDICTS = ["equivalent", "accepted"];

/** Source text as it stands in a cell: on one line, and cut when it is long. */
export function shown(source) {
  const line = source.trim().replaceAll(/\s+/g, " ");
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX - 1)}…` : line;
}

export function keyOf({ file, line, mutator, from, to, ordinal }) {
  return JSON.stringify([file, line, mutator, from, to, ordinal]);
}

/** @returns the rows in their order; @throws on a row that cannot be read. */
export function parseListed(markdown) {
  const rows = [];
  let file = "";
  for (const [at, text] of markdown.split("\n").entries()) {
    const heading = /^## (\S+\.ts)$/.exec(text);
    if (/^#+ /.test(text)) file = heading?.[1] ?? "";
    if (file === "" || !text.startsWith("|") || isHead(text)) continue;
    rows.push({ file, ...parseRow(text, at + 1) });
  }
  return rows;
}

function isHead(text) {
  return /^\|[ :|-]+\|$/.test(text) || text.startsWith(`| ${COLUMNS[0]} |`);
}

function parseRow(text, at) {
  const cells = text.split(/(?<!\\)\|/).slice(1, -1);
  if (cells.length !== COLUMNS.length)
    throw new Error(`line ${at}: ${cells.length} cells instead of ${COLUMNS.length}`);
  const [line, mutator, from, to, verdict, reason] = cells.map((cell) =>
    cell.trim().replaceAll("\\|", "|"),
  );
  if (!VERDICTS.includes(verdict)) throw new Error(`line ${at}: unknown verdict "${verdict}"`);
  if (reason === "") throw new Error(`line ${at}: no reason`);
  const ordinal = Number(/ #(\d+)$/.exec(line)?.[1] ?? 1);
  const code = uncoded(line.replace(/ #\d+$/, ""));
  return { line: code, ordinal, mutator, from: uncoded(from), to: uncoded(to), verdict, reason };
}

/** The row under which a mutant is listed; what is missing is for people to write. */
export function rowOf({ line, mutator, from, to, ordinal, verdict = "?", reason = "?" }) {
  const mark = ordinal > 1 ? ` #${ordinal}` : "";
  const cells = [coded(line) + mark, mutator, coded(from), coded(to), verdict, reason];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** A code span; one that holds backticks is fenced by two of them. */
function coded(text) {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function uncoded(span) {
  const [, wide, narrow] = /^(?:`` (.*) ``|`(.*)`)$/.exec(span) ?? [];
  return wide ?? narrow ?? span;
}
