/** Conf change operations as scripts write them: `v1 l2 r3 u4`. */
import type { ConfChangeSingle, ConfChangeType, PeerId } from "../../raft/index.ts";
import { parseNumber } from "./call.ts";
import { CommandError } from "./command-error.ts";

const TYPES: Readonly<Record<string, ConfChangeType>> = {
  v: "add-node",
  l: "add-learner-node",
  r: "remove-node",
  u: "update-node",
};

/** Node 0 is nobody: operations on it are legal and change nothing. */
export function parseOperations(input: string): readonly ConfChangeSingle[] {
  return input.split(/\s+/).filter(Boolean).map(parseOperation);
}

function parseOperation(token: string): ConfChangeSingle {
  if (token.length < 2) throw new CommandError(`unknown token ${token}`);
  const type = TYPES[token.charAt(0)];
  if (type === undefined) throw new CommandError(`unknown input: ${token}`);
  return { type, nodeId: parseNumber(token.slice(1)) as PeerId };
}
