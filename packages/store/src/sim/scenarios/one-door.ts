// The guard of all relatives of the founding race: on the store where a split is late, it makes its
// child by itself.
import type { Guard } from "./scenario.ts";

export const ONE_DOOR = {
  kind: "switch",
  name: "one creation path",
  without: { remedies: { oneDoor: false }, remediesAt: [3] },
  caughtBy: { oracle: "one-creation-path", says: "store-3" },
} as const satisfies Guard;
