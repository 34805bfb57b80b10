// The phases by name, in the order in which they take turns.
import { ClusterPhase } from "./cluster-phase.ts";
import { Kill9Phase } from "./kill9-phase.ts";
import { LivesPhase } from "./lives-phase.ts";
import { MailPhase } from "./mail-phase.ts";
import type { Phase, StressPlace } from "./phase.ts";

export const PHASES: Readonly<Record<string, (place: StressPlace) => Phase>> = {
  mail: (place) => new MailPhase(place),
  lives: (place) => new LivesPhase(place),
  cluster: (place) => new ClusterPhase(place),
  kill9: (place) => new Kill9Phase(place),
};
