// A limit of the machine as a round: what snapshots are held against.
import {
  measureChecksum,
  measureCopy,
  measureFileCopy,
  measureSyncedWrite,
} from "../../limit/machine-limits.ts";
import { defineRound, timed } from "../round.ts";

export const LIMITS = ["memcpy", "crc32c", "write with fsync", "cp"] as const;

export type LimitParams = {
  readonly limit: (typeof LIMITS)[number];
  /** Size of the file that is written. */
  readonly writeBytes: number;
};

export const limitRound = defineRound<LimitParams>({
  url: import.meta.url,
  name: "limitRound",
  open: async ({ limit, writeBytes }, { directory }) => ({
    iterate: async () => {
      let bytesPerSecond = 0;
      const { seconds, cpuSeconds } = await timed(() => {
        bytesPerSecond = measure(limit, directory, writeBytes);
      });
      // The limit takes the median of rounds of its own: bytes that such a time is worth.
      return {
        figures: { rate: bytesPerSecond / 1e6 },
        operations: bytesPerSecond * seconds,
        cpuSeconds,
      };
    },
    close: async () => {},
  }),
});

function measure(limit: LimitParams["limit"], directory: string, writeBytes: number): number {
  switch (limit) {
    case "memcpy":
      return measureCopy();
    case "crc32c":
      return measureChecksum();
    case "write with fsync":
      return measureSyncedWrite(directory, writeBytes);
    case "cp":
      return measureFileCopy(directory, writeBytes);
  }
}
