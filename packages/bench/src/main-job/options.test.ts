import { describe, expect, test } from "vitest";
import { UsageError } from "../cli/usage-error.ts";
import { PLACES_MAX } from "../workload/places.ts";
import { parseMainJob, QUICK_RECORDS } from "./options.ts";

const parse = (...args: string[]) => parseMainJob(args, { INIT_CWD: "/home/user" });

describe("options of the main job", () => {
  test("without any, everything is loaded on disk", () => {
    expect(parse()).toMatchObject({ records: PLACES_MAX, stores: 3, engine: "lmdb", seed: 1 });
  });

  test("--quick loads less, unless told how much", () => {
    expect(parse("--quick")).toMatchObject({ records: QUICK_RECORDS, isQuick: true });
    expect(parse("--quick", "--records", "7000")).toMatchObject({ records: 7_000 });
  });

  test("paths are meant from where the command was given", () => {
    expect(parse("--dir", "data", "--json=out/report.json")).toMatchObject({
      dir: "/home/user/data",
      json: "/home/user/out/report.json",
    });
  });

  test("--help is all that is asked for then", () => {
    expect(parse("--help")).toBe("help");
  });

  test.each([
    [["--records", "0"], /--records takes a whole number from 1000 to 171075, not "0"/],
    [["--records", "1e3"], /--records takes/],
    [["--records", "200000"], /--records takes/],
    [["--stores", "2"], /--stores takes a whole number from 3 to 7/],
    [["--threads", "0"], /--threads takes a whole number from 1 to 64/],
    [["--engine", "rocksdb"], /--engine takes lmdb or memory, not "rocksdb"/],
    [["--seed", "-1"], /seed/],
    [["--engine", "memory", "--dir", "x"], /--dir keeps data on disk/],
    [["--dir", ""], /empty path/],
    [["--no-such"], /no-such/],
    [["stray"], /stray/],
  ])("%j is refused with what is allowed", (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });
});
