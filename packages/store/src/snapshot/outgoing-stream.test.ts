// A stream on a thread with little shared memory: it takes what the log can do without.
import type { ActorContext, Payload } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import { DEFAULT_TUNING } from "../peer/tuning.ts";
import { OutgoingStream } from "./outgoing-stream.ts";
import type { Piece, StreamSource } from "./stream-source.ts";

const BLOCKS = 4;
const BLOCK_BYTES = 1024 * 1024;

/** @param pieces Each as large as a block. */
function stream(pieces: number) {
  let free = BLOCKS;
  let left = pieces;
  const retries: (() => void)[] = [];
  const sent: { readonly sequence: number; readonly payload: Payload }[] = [];
  const allocatePayload = (byteLength: number): Payload | undefined => {
    if (free === 0) return undefined;
    free -= 1;
    const release = () => {
      free += 1;
    };
    return { bytes: new Uint8Array(byteLength), release } as unknown as Payload;
  };
  const next = (): Piece | undefined => {
    if (left === 0) return undefined;
    left -= 1;
    const pairs = { byteLength: BLOCK_BYTES, writeTo: () => undefined };
    return { kind: "pairs", pairs } as unknown as Piece;
  };
  const hold = (_what: string, release: () => void) => ({ release });
  const outgoing = new OutgoingStream(
    { allocatePayload, lease: { hold } } as unknown as ActorContext<PeerMail>,
    {
      after: (_key: string, _delayMs: number, then: () => void) => retries.push(then),
    } as unknown as AsyncWork<PeerMail>,
    undefined,
    DEFAULT_TUNING,
    { next, close: () => undefined } as unknown as StreamSource,
    {
      send: ({ sequence }, payload) => sent.push({ sequence, payload }),
      drained: (chunks) => expect(chunks).toBe(pieces),
      failed: (reason) => expect.unreachable(reason),
    },
  );
  outgoing.start();
  return {
    sent,
    free: () => free,
    retry: () => {
      for (const then of retries.splice(0)) then();
    },
    arrives: ({ sequence, payload }: (typeof sent)[number]) => {
      payload.release();
      outgoing.onAck(sequence);
    },
  };
}

test("room for an append of the log is left, and the stream arrives all the same", () => {
  const { sent, free, retry, arrives } = stream(20);
  expect(sent).toHaveLength(BLOCKS - 1);
  for (let piece = 0; piece < 20; piece += 1) {
    retry();
    expect(free()).toBeGreaterThanOrEqual(1);
    const one = sent[piece];
    if (one === undefined) return expect.unreachable("the stream stands still");
    arrives(one);
  }
  expect(sent).toHaveLength(20);
  expect(free()).toBe(BLOCKS);
});
