// A reception on a disk that refuses what its first piece needs: the transfer ends, the replica goes on.
import type { ActorContext, JobOutcome, Payload } from "@multiraft/runtime";
import { DiskError } from "@multiraft/runtime";
import { MemoryDisk } from "@multiraft/runtime/testing";
import { beforeEach, expect, test } from "vitest";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import { encodePairs } from "../tablet/pair-block.ts";
import type { TabletEngine, TabletMeta, TabletName } from "../tablet/tablet.ts";
import { TabletError } from "../tablet/tablet-error.ts";
import { checksumOf } from "./file-jobs.ts";
import { Reception } from "./reception.ts";

const NAME: TabletName = { regionId: 1, life: 2, generation: 3 };
const DIRECTORY = "/1_2_3";

let disk: MemoryDisk;
let failed: [reason: string, detail: string][];
let released: number;
let removed: TabletName[];

beforeEach(() => {
  disk = new MemoryDisk();
  failed = [];
  released = 0;
  removed = [];
});

/** What is performed runs at once; a throw of the handler itself is nobody's to catch. */
function perform<Result>(start: () => Result, then: (outcome: JobOutcome<Result>) => void): void {
  let outcome: JobOutcome<Result>;
  try {
    outcome = { kind: "done", value: start() };
  } catch (error) {
    outcome = { kind: "failed", error: error as Error } as JobOutcome<Result>;
  }
  then(outcome);
}

function reception(build: () => never): Reception {
  const engine = {
    build,
    directoryOf: () => DIRECTORY,
    remove: (name: TabletName) => removed.push(name),
  } as unknown as TabletEngine;
  const context = {
    environment: { disk },
    lease: { hold: (_what: string, release: () => void) => ({ release }) },
  } as unknown as ActorContext<PeerMail>;
  const work = {
    perform: (_name: string, start: () => unknown, then: (outcome: never) => void) =>
      perform(start, then as never),
  } as unknown as AsyncWork<PeerMail>;
  return new Reception(context, work, engine, NAME, {
    written: () => undefined,
    complete: () => undefined,
    failed: (reason, detail) => failed.push([reason, detail]),
  });
}

function payloadOf(bytes: Uint8Array): Payload {
  return {
    bytes,
    release: () => {
      released += 1;
    },
  } as Payload;
}

const noBuild = (): never => {
  throw new TabletError("ERR_MULTIRAFT_TABLET_EXHAUSTED", "all environments are in use");
};
const META = { appliedIndex: 5 } as unknown as TabletMeta;

test("the first piece of a file finds no room: the transfer ends, and nothing is left of it", () => {
  disk.fillUp();
  const bytes = Buffer.from("piece");
  const chunk = { sequence: 0, file: "data.mdb", offsetBytes: 0, isPairs: false };
  reception(noBuild).onChunk({ ...chunk, checksum: checksumOf(bytes) }, payloadOf(bytes));
  expect(failed).toEqual([["damaged", `no room is left: ${DIRECTORY}`]]);
  expect([released, removed]).toEqual([1, [NAME]]);
});

test.each([
  ["all environments are in use", noBuild],
  [
    "no room is left",
    (): never => {
      throw new DiskError("ENOSPC", DIRECTORY, "no room is left");
    },
  ],
])("the first pairs find that %s: the transfer ends", (why, build) => {
  const bytes = encodePairs([]);
  const chunk = { sequence: 0, file: "", offsetBytes: 0, isPairs: true };
  reception(build).onChunk({ ...chunk, checksum: checksumOf(bytes) }, payloadOf(bytes));
  expect(failed).toEqual([["damaged", why]]);
  expect([released, removed]).toEqual([1, [NAME]]);
});

test("the end of a stream without pairs finds no environment: the transfer ends", () => {
  reception(noBuild).onEnd({ meta: META, format: "pairs", chunks: 0 });
  expect(failed).toEqual([["damaged", "all environments are in use"]]);
  expect(removed).toEqual([NAME]);
});
