/** Runs `quorum` scripts: commit indexes and votes of majorities and joint majorities. */
import type { PeerId } from "../../src/raft/index.ts";
import { jointIndex, jointVote, majorityIndex, majorityVote } from "../../src/raft/quorum.ts";
import type { Directive } from "./script.ts";
import { hex } from "./text.ts";

type Values = ReadonlyMap<PeerId, string>;

export function runQuorumDirective({ command, args }: Directive): string {
  const valuesOf = (key: string) => args.find((argument) => argument.key === key)?.values;
  const incoming = idsOf(valuesOf("cfg") ?? []);
  const joint = valuesOf("cfgj");
  const outgoing = joint === undefined || joint[0] === "zero" ? [] : idsOf(joint);
  const voters = [...new Set([...incoming, ...outgoing])];
  const values = valuesOf(command === "vote" ? "votes" : "idx") ?? [];
  if (values.length !== voters.length) throw new Error("not one value for each voter");
  const known = new Map(voters.map((id, position) => [id, values[position] ?? "_"]));
  if (command === "vote") return voteText(incoming, outgoing, joint !== undefined, known);
  if (command === "committed")
    return committedText(voters, incoming, outgoing, joint !== undefined, known);
  throw new Error(`unknown command ${command}`);
}

function idsOf(values: readonly string[]): readonly PeerId[] {
  return values.map((value) => Number(value) as PeerId);
}

const VOTE_RESULT = { won: "VoteWon", pending: "VotePending", lost: "VoteLost" } as const;

function voteText(
  incoming: readonly PeerId[],
  outgoing: readonly PeerId[],
  isJoint: boolean,
  known: Values,
): string {
  const voteOf = (id: PeerId) => (known.get(id) === "_" ? undefined : known.get(id) === "y");
  const result = isJoint ? jointVote(incoming, outgoing, voteOf) : majorityVote(incoming, voteOf);
  return `${VOTE_RESULT[result]}\n`;
}

function committedText(
  voters: readonly PeerId[],
  incoming: readonly PeerId[],
  outgoing: readonly PeerId[],
  isJoint: boolean,
  known: Values,
): string {
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
