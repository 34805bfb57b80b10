// The layout of what crosses threads most: a Raft message on its way from gate to gate. Its head says
// for which region and peer it is meant; the message itself lies behind it.
import { toPeerId, toRegionId, toStoreId } from "@multiraft/pd/protocol";
import { defineLayout, type VariableLayout } from "@multiraft/runtime";
import {
  RaftWireError,
  raftMessageBytes,
  readRaftMessage,
  readU64,
  writeRaftMessage,
  writeU64,
} from "./raft-wire.ts";
import type { RegionMail } from "./region-mail.ts";

/** As a gate takes it. */
export type RaftToGate = {
  readonly kind: "receive";
  readonly mail: Extract<RegionMail, { readonly kind: "raft" }>;
};

/** Region, stores, peers, and the two halves of the epoch. */
const HEAD_BYTES = 7 * 8;

export const RAFT_MAIL_LAYOUT: VariableLayout<RaftToGate> = defineLayout<RaftToGate>({
  name: "multiraft raft mail 1",
  byteLength: "variable",
  byteLengthOf: ({ mail }) => HEAD_BYTES + raftMessageBytes(mail.message),
  write({ mail }, view, at) {
    writeU64(view, at, mail.regionId);
    writeU64(view, at + 8, mail.fromStore);
    writeU64(view, at + 16, mail.toStore);
    writeU64(view, at + 24, mail.from);
    writeU64(view, at + 32, mail.to);
    writeU64(view, at + 40, mail.epoch.version);
    writeU64(view, at + 48, mail.epoch.confVer);
    writeRaftMessage(mail.message, view, at + HEAD_BYTES);
  },
  read(view, at, byteLength) {
    if (byteLength < HEAD_BYTES) throw new RaftWireError("the head of a mail is cut off");
    return {
      kind: "receive",
      mail: {
        regionId: toRegionId(readU64(view, at)),
        fromStore: toStoreId(readU64(view, at + 8)),
        toStore: toStoreId(readU64(view, at + 16)),
        from: toPeerId(readU64(view, at + 24)),
        to: toPeerId(readU64(view, at + 32)),
        epoch: { version: readU64(view, at + 40), confVer: readU64(view, at + 48) },
        kind: "raft",
        message: readRaftMessage(view, at + HEAD_BYTES, byteLength - HEAD_BYTES),
      },
    };
  },
});
