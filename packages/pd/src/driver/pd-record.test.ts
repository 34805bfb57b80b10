import { describe, expect, test } from "vitest";
import { report } from "../../test/fixtures.ts";
import { toStoreId } from "../protocol/index.ts";
import { decodeRecord, EMPTY_RECORD, encodeRecord, type PdRecord } from "./pd-record.ts";

const RECORD: PdRecord = {
  idsEnd: 2_001,
  timestampsEndMs: 1_700_000_005_000,
  stores: [
    { id: toStoreId(1), state: "up" },
    { id: toStoreId(7), state: "removed" },
  ],
  firstRegion: report({ range: ["\u00e9", ""] }).region,
  isSchedulingEnabled: false,
};

describe("the durable record", () => {
  test.each([EMPTY_RECORD, RECORD])("comes back as it was written", (record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  test("is refused when it is damaged, wherever", () => {
    const bytes = encodeRecord(RECORD);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      expect(() => decodeRecord(damaged)).toThrow(/ERR|checksum|not a record|written as/);
    }
    expect(() => decodeRecord(bytes.subarray(0, bytes.length - 1))).toThrow("checksum");
    expect(() => decodeRecord(new Uint8Array())).toThrow("not a record");
  });

  test("is refused when another version wrote it", () => {
    const text = Buffer.from(encodeRecord(RECORD)).toString("latin1");
    const newer = Buffer.from(text.replace("multiraft-pd 1", "multiraft-pd 2"), "latin1");
    expect(() => decodeRecord(newer)).toThrow(
      expect.objectContaining({ code: "ERR_MULTIRAFT_PD_VERSION" }),
    );
  });
});
