// A Raft message to bytes and back, as between two threads: in its layout, and as msgpackr would do it. The
// last message that came back is compared with what was sent.
import { isDeepStrictEqual } from "node:util";
import { assert } from "@multiraft/runtime";
import {
  type LogIndex,
  type Message,
  makeEntry,
  makeMessage,
  type PeerId,
  type Term,
} from "@multiraft/store/raft";
import { RAFT_MAIL_LAYOUT, type RaftToGate } from "@multiraft/store/testing";
import { Packr } from "msgpackr";
import { type Measured, rateOf, timed } from "../round.ts";
import type { WireJob } from "./raft-job.ts";

type RoundTrip = (mail: RaftToGate) => unknown;

export async function measureWire(job: WireJob): Promise<Measured> {
  const mail = mailOf(job);
  const roundTrip = job.kind === "wire-layout" ? inLayout(job) : byMsgpackr();
  for (let index = 0; index < job.messages / 10; index += 1) roundTrip(mail);
  let last: unknown;
  const timing = await timed(() => {
    for (let index = 0; index < job.messages; index += 1) last = roundTrip(mail);
  });
  assert(isDeepStrictEqual(last, mail), "a message came back as another one");
  return rateOf(job.messages, timing);
}

/** Memory for the bytes is there already, as it is between threads. */
function inLayout(job: WireJob): RoundTrip {
  const byteLength = RAFT_MAIL_LAYOUT.byteLengthOf(mailOf(job));
  const view = new DataView(new ArrayBuffer(byteLength));
  return (mail) => {
    RAFT_MAIL_LAYOUT.write(mail, view, 0);
    return RAFT_MAIL_LAYOUT.read(view, 0, RAFT_MAIL_LAYOUT.byteLengthOf(mail));
  };
}

/** With the options of the runtime's general encoding. */
function byMsgpackr(): RoundTrip {
  const packr = new Packr({ useRecords: false, moreTypes: true, copyBuffers: true });
  return (mail) => packr.unpack(packr.pack(mail));
}

function mailOf({ entries, payloadBytes }: WireJob): RaftToGate {
  const message = messageOf(entries, payloadBytes);
  const { from, to } = message;
  return {
    kind: "receive",
    mail: {
      regionId: 7,
      fromStore: 1,
      toStore: 2,
      from,
      to,
      epoch: { version: 3, confVer: 5 },
      kind: "raft",
      message,
    } as RaftToGate["mail"],
  };
}

function messageOf(entries: number, payloadBytes: number): Message {
  const term = 9 as Term;
  const commit = 1_000_000 as LogIndex;
  const head = { from: 101 as PeerId, to: 102 as PeerId, term, commit };
  if (entries === 0) return makeMessage({ ...head, type: "MsgHeartbeat" });
  const list = Array.from({ length: entries }, (_, at) =>
    makeEntry(term, (commit + 1 + at) as LogIndex, "normal", Buffer.alloc(payloadBytes, at)),
  );
  return makeMessage({ ...head, type: "MsgApp", index: commit, logTerm: term, entries: list });
}
