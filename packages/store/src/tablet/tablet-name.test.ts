import { expect, test } from "vitest";
import { formatTabletName, parseTabletName } from "./tablet-name.ts";

test("a name survives the way through a directory's name", () => {
  const name = { regionId: 42, life: 7, generation: 113 };
  expect(formatTabletName(name)).toBe("42_7_113");
  expect(parseTabletName("42_7_113")).toEqual(name);
});

test.each(["", "42_7", "42_7_113_1", "042_7_1", "0_7_1", "42_7_1.tmp", "-1_7_1", "lost+found"])(
  "%j is not a tablet",
  (text) => expect(parseTabletName(text)).toBeUndefined(),
);
