// A thread of the founding race: one part after the other.
import { type PartResult, playPart, type RacePart } from "@multiraft/store/sim";
import { writeProgress } from "./race-progress.ts";
import { serveSeeds } from "./seed-thread.ts";

export type RaceTask = { readonly part: RacePart; readonly progress: SharedArrayBuffer };

serveSeeds(({ part, progress }: RaceTask): PartResult => {
  const playing = playPart(part);
  for (let step = playing.next(); ; step = playing.next()) {
    if (step.done === true) return step.value;
    writeProgress(progress, step.value);
  }
});
