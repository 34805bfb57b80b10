// An oracle watches for one promise and says where it was broken. It knows only what an onlooker
// sees.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import type { Incarnation, Shadow } from "../shadow.ts";

export type OracleName =
  | "one-creation-path"
  | "current-snapshots"
  | "owned-entries"
  | "own-mail"
  | "one-leader-a-term"
  | "no-way-back"
  | "committed-entries"
  | "equal-data"
  | "durable-first"
  | "owed-children"
  | "removed-peers"
  | "ended-peers"
  | "ended-senders"
  | "own-changes"
  | "votes-after-start"
  | "own-term-reads"
  | "ids-given-once"
  | "routes"
  | "recovered-logs";

export type Violation = { readonly oracle: OracleName; readonly what: string };

export type Scene = {
  readonly shadow: Shadow;
  readonly violated: (oracle: OracleName, what: string) => void;
};

export interface Oracle {
  started?(incarnation: Incarnation): void;
  /** The same, with what its registry gave it. */
  spawned?(host: string, address: AnyAddress, args: PeerArgs): void;
  /** After the shadow has noted it, before the handler is entered. */
  handling?(mail: HandledMail): void;
  crashed?(host: string): void;
}

export function nameOf(address: AnyAddress): string {
  return `${address.slot}.${address.incarnation}`;
}
