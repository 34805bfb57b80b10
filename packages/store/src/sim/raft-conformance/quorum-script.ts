/** Runs `quorum` scripts: commit indexes and votes of majorities and joint majorities. */
import type { PeerId } from "../../raft/index.ts";
import { jointIndex, jointVote, majorityIndex, majorityVote } from "../../raft/quorum.ts";
import { Call, parseNumber } from "./call.ts";
import type { Directive } from "./script.ts";
import { ScriptError } from "./script-error.ts";
import { hex } from "./text.ts";

/** What is known of each voter: an index or an answer, `_` for nothing. */
type Values = ReadonlyMap<PeerId, string>;

export function runQuorumDirective(directive: Directive): string {
  switch (directive.command) {
    case "vote":
      return voteText(readQuestion(directive, "votes", /^[yn_]$/));
    case "committed":
      return committedText(readQuestion(directive, "idx", /^(_|\d+)$/));
    default:
      throw new ScriptError(`unknown command ${directive.command}`);
  }
}

type Question = {
  readonly voters: readonly PeerId[];
  readonly incoming: readonly PeerId[];
  readonly outgoing: readonly PeerId[];
  readonly isJoint: boolean;
  readonly known: Values;
};

/** Values belong to voters in the order in which these first occur. */
function readQuestion(directive: Directive, key: string, pattern: RegExp): Question {
  const call = new Call(directive);
  const incoming = idsOf(call.list("cfg") ?? []);
  const joint = call.list("cfgj");
  const outgoing = joint === undefined || isZero(joint) ? [] : idsOf(joint);
  const values = call.list(key) ?? [];
  call.end();
  const voters = [...new Set([...incoming, ...outgoing])];
  if (values.length !== voters.length)
    throw new ScriptError(`${values.length} values for ${voters.length} voters`);
  const odd = values.find((value) => !pattern.test(value));
  if (odd !== undefined) throw new ScriptError(`${key} cannot hold ${odd}`);
  const known = new Map(voters.map((id, position) => [id, values[position] ?? "_"]));
  return { voters, incoming, outgoing, isJoint: joint !== undefined, known };
}

function isZero(values: readonly string[]): boolean {
  return values.length === 1 && values[0] === "zero";
}

/** A set: who is named twice has one vote. */
function idsOf(values: readonly string[]): readonly PeerId[] {
  return [...new Set(values.map((value) => parseNumber(value) as PeerId))];
}

const VOTE_RESULT = { won: "VoteWon", pending: "VotePending", lost: "VoteLost" } as const;

function voteText({ incoming, outgoing, isJoint, known }: Question): string {
  const voteOf = (id: PeerId) => (known.get(id) === "_" ? undefined : known.get(id) === "y");
  const result = isJoint ? jointVote(incoming, outgoing, voteOf) : majorityVote(incoming, voteOf);
  return `${VOTE_RESULT[result]}\n`;
}

function committedText({ voters, incoming, outgoing, isJoint, known }: Question): string {
  const indexOf = (id: PeerId) => Number(known.get(id) === "_" ? 0 : known.get(id));
  const index = isJoint
    ? jointIndex(incoming, outgoing, indexOf)
    : majorityIndex(incoming, indexOf);
  const result = Number.isFinite(index) ? String(index) : "∞";
  return `${tableText(voters, known, indexOf)}${result}\n`;
}

/** A bar for each voter: as long as the number of voters that are strictly behind it. */
function tableText(
  voters: readonly PeerId[],
  known: Values,
  indexOf: (id: PeerId) => number,
): string {
  const width = voters.length;
  if (width === 0) return "<empty majority quorum>";
  const ascending = [...voters].sort((a, b) => indexOf(a) - indexOf(b) || a - b);
  const barOf = (id: PeerId) => ascending.findIndex((other) => indexOf(other) === indexOf(id));
  const line = (id: PeerId) => {
    const bar = barOf(id);
    const isKnown = known.get(id) !== "_";
    const drawn = isKnown
      ? `${"x".repeat(bar)}>${" ".repeat(width - bar)}`
      : `?${" ".repeat(width)}`;
    return `${drawn} ${String(indexOf(id)).padStart(5)}    (id=${hex(id)})\n`;
  };
  const byId = [...voters].sort((a, b) => a - b);
  return `${" ".repeat(width)}    idx\n${byId.map(line).join("")}`;
}
