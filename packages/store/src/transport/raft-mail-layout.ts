// The layouts of what crosses threads most: a Raft message on its way from replica to gate, from gate to gate
// and from gate to replica. Its head says for which region and peer it is meant; the message itself lies
// behind it. All three are the same bytes: what differs is who takes them.
import { toPeerId, toRegionId, toStoreId } from "@multiraft/pd/protocol";
import { defineLayout, type MessageShape, type VariableLayout } from "@multiraft/runtime";
import {
  RaftWireError,
  raftMessageBytes,
  readRaftMessage,
  readU64,
  writeRaftMessage,
  writeU64,
} from "./raft-wire.ts";
import type { RegionMail } from "./region-mail.ts";

/** As a replica takes it. */
export type RaftMail = Extract<RegionMail, { readonly kind: "raft" }>;
/** As the gate of its sender takes it. */
export type RaftToSend = { readonly kind: "send"; readonly mail: RaftMail };
/** As the gate of its receiver takes it. */
export type RaftToGate = { readonly kind: "receive"; readonly mail: RaftMail };

/** Region, stores, peers, and the two halves of the epoch. */
const HEAD_BYTES = 7 * 8;

export const RAFT_SEND_LAYOUT = layoutOf<RaftToSend>(
  "multiraft raft mail to send 1",
  ({ mail }) => mail,
  (mail) => ({ kind: "send", mail }),
);

export const RAFT_MAIL_LAYOUT = layoutOf<RaftToGate>(
  "multiraft raft mail 1",
  ({ mail }) => mail,
  (mail) => ({ kind: "receive", mail }),
);

export const RAFT_PEER_LAYOUT = layoutOf<RaftMail>(
  "multiraft raft mail to a peer 1",
  (mail) => mail,
  (mail) => mail,
);

function layoutOf<Message extends MessageShape>(
  name: string,
  mailIn: (message: Message) => RaftMail,
  messageOf: (mail: RaftMail) => Message,
): VariableLayout<Message> {
  return defineLayout<Message>({
    name,
    byteLength: "variable",
    byteLengthOf: (message) => HEAD_BYTES + raftMessageBytes(mailIn(message).message),
    write: (message, view, at) => writeMail(mailIn(message), view, at),
    read: (view, at, byteLength) => messageOf(readMail(view, at, byteLength)),
  });
}

function writeMail(mail: RaftMail, view: DataView, at: number): void {
  writeU64(view, at, mail.regionId);
  writeU64(view, at + 8, mail.fromStore);
  writeU64(view, at + 16, mail.toStore);
  writeU64(view, at + 24, mail.from);
  writeU64(view, at + 32, mail.to);
  writeU64(view, at + 40, mail.epoch.version);
  writeU64(view, at + 48, mail.epoch.confVer);
  writeRaftMessage(mail.message, view, at + HEAD_BYTES);
}

function readMail(view: DataView, at: number, byteLength: number): RaftMail {
  if (byteLength < HEAD_BYTES) throw new RaftWireError("the head of a mail is cut off");
  return {
    regionId: toRegionId(readU64(view, at)),
    fromStore: toStoreId(readU64(view, at + 8)),
    toStore: toStoreId(readU64(view, at + 16)),
    from: toPeerId(readU64(view, at + 24)),
    to: toPeerId(readU64(view, at + 32)),
    epoch: { version: readU64(view, at + 40), confVer: readU64(view, at + 48) },
    kind: "raft",
    message: readRaftMessage(view, at + HEAD_BYTES, byteLength - HEAD_BYTES),
  };
}
