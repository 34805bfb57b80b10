// One play of a Savina program on our actors.
import { ActorSystem } from "@multiraft/runtime";
import { defineRound, rateOf, timed } from "../../round.ts";
import type { RoundParams } from "../../row.ts";
import { banking } from "./banking.ts";
import { big } from "./big.ts";
import { boundedBuffer } from "./bounded-buffer.ts";
import { chameneos } from "./chameneos.ts";
import { creation } from "./creation.ts";
import { counting, forkJoin } from "./fork-join.ts";
import { philosophers } from "./philosophers.ts";
import { pingPong } from "./ping-pong.ts";
import type { Program } from "./program.ts";
import { threadRing } from "./thread-ring.ts";

/** The program's numbers stand beside these. */
export type SavinaParams = RoundParams & {
  readonly program: ProgramName;
  readonly threads: number;
  /** `striped`: neighbours on different threads; `blocked`: as many neighbours as possible on one. */
  readonly placement: "striped" | "blocked";
};

const PROGRAMS = {
  "ping-pong": pingPong,
  "thread-ring": threadRing,
  counting,
  "fork-join": forkJoin,
  creation,
  big,
  "bounded-buffer": boundedBuffer,
  banking,
  philosophers,
  chameneos,
} as const;

export type ProgramName = keyof typeof PROGRAMS;
/** The numbers of a program, by name. */
export type NumbersOf<Name extends ProgramName> =
  (typeof PROGRAMS)[Name] extends Program<infer Numbers> ? Numbers : never;

export const savinaRound = defineRound<SavinaParams>({
  url: import.meta.url,
  name: "savinaRound",
  open: async (params) => {
    const { program, threads, placement } = params;
    const system = await ActorSystem.start({ threads });
    const threadOf = (index: number, count: number) =>
      placement === "striped" ? index % threads : Math.floor((index * threads) / count);
    // A case gives each program its own numbers.
    const { open } = PROGRAMS[program] as Program<RoundParams>;
    const play = await open({ system, threadOf }, params);
    return {
      iterate: async () => {
        let done = 0;
        const timing = await timed(async () => {
          done = await play();
        });
        return rateOf(done, timing);
      },
      close: () => system.close(),
    };
  },
});
