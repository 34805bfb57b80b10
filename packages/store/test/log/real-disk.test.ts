// The log on the machine's own disk: its names, locks and syncs are the system's.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealDisk } from "@multiraft/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Log } from "../../src/log/log.ts";
import { append, contentOf, openLog, SMALL } from "./log-fixture.ts";
import { everyKind } from "./workload.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "multiraft-log-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const open = (): Log => openLog(new RealDisk(), SMALL, join(directory, "log"));

test("what was promised is there at each opening", () => {
  let promised = "";
  everyKind().forEach((batch, at) => {
    const log = open();
    if (at > 0) expect(contentOf(log), `batch ${at}`).toBe(promised);
    for (const records of batch) append(log, ...records);
    log.commit();
    promised = contentOf(log);
    log.close();
  });
});

test("the directory is one log's at a time", () => {
  const log = open();
  expect(open).toThrow(expect.objectContaining({ code: "ELOCKED" }));
  log.close();
  open().close();
});
