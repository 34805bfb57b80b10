import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const folder = dirname(fileURLToPath(import.meta.url));
const sources = readdirSync(folder).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

describe("the core is closed", () => {
  test.each(sources)(
    "%s imports nothing from outside, and reaches for no clock or chance",
    (name) => {
      const text = readFileSync(join(folder, name), "utf8");
      for (const [, from] of text.matchAll(/from "([^"]+)"/g))
        expect(from, name).toMatch(/^\.\/[a-z-]+\.ts$/);
      expect(text).not.toMatch(
        /\b(Date\.now|Math\.random|performance\.|setTimeout|setInterval|setImmediate|process\.)/,
      );
      expect(text).not.toMatch(/\b(await|async|Promise)\b/);
    },
  );
});
