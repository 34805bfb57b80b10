// What an onlooker is shown, forged for one oracle at a time: mail of actors that are not there.
import type { HandledMail } from "@multiraft/runtime/testing";
import type { Oracle, Scene } from "../src/sim/oracle/oracle.ts";
import { Shadow } from "../src/sim/shadow.ts";

/** An actor of a replica: mail comes from it, or is handled by it. */
export type ForgedPeer = {
  readonly host: string;
  readonly address: never;
  readonly life: number;
  readonly regionId: number;
  readonly peerId: number;
  readonly origin: object;
  /** None where it is left out. */
  readonly owedChildren?: readonly number[];
};

export type Shown =
  | HandledMail
  | { readonly starts: ForgedPeer }
  | { readonly ends: ForgedPeer }
  | { readonly crashes: string };

export const ELECTION_TICKS = 3;
const NOBODY = { slot: 1, incarnation: 1 } as never;

/** Its store and its life have the number of the peer. */
export function forgePeer(peerId: number, origin: object = { kind: "new" }, life = peerId) {
  const address = { slot: 10 + peerId, incarnation: life } as never;
  return { host: `store-${peerId}`, address, life, regionId: 7, peerId, origin };
}

/** @param from Who sent it and, of a replica's own mail, who handles it. */
export function mail(actor: string, from: ForgedPeer | undefined, message: unknown): HandledMail {
  const { host = "store-1", address = NOBODY } = from ?? {};
  const life = actor === "peerActor" ? address : NOBODY;
  const at = { host, actor, life, addressedTo: life, from: address };
  return { ...at, message: message as never, bytes: undefined };
}

export function appended(from: ForgedPeer, ...records: readonly object[]): HandledMail {
  return mail("logActor", from, { kind: "append", number: 1, records });
}

/** Handed to the gate for another store. */
export function sent(from: ForgedPeer, message: object): HandledMail {
  const raft = { kind: "raft", from: from.peerId, regionId: from.regionId, message };
  const whole = { ...raft, message: { from: from.peerId, context: 0, reject: false, ...message } };
  return mail("gateActor", from, { kind: "send", mail: whole });
}

/** @returns What the oracle says of it. */
export function said(kind: new (scene: Scene) => Oracle, ...shown: readonly Shown[]): string[] {
  const what: string[] = [];
  const shadow = new Shadow();
  const oracle = new kind({ shadow, violated: (_, text) => what.push(text) });
  for (const one of shown)
    if ("starts" in one) start(oracle, shadow, one.starts);
    else if ("ends" in one) shadow.end(one.ends.address);
    else if ("crashes" in one) oracle.crashed?.(one.crashes);
    else {
      shadow.note(one);
      oracle.handling?.(one);
    }
  return what;
}

function start(oracle: Oracle, shadow: Shadow, peer: ForgedPeer): void {
  const config = { tuning: { electionTicks: ELECTION_TICKS } };
  const args = { config, owedChildren: [], ...peer } as never;
  const incarnation = shadow.start(peer.host, peer.address, args);
  oracle.started?.(incarnation);
  oracle.spawned?.(peer.host, peer.address, args);
}
