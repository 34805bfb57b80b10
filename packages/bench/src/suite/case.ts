// A case: what is measured, by which round, and beside whom.
import type { Repetitions, RoundDefinition } from "./round.ts";
import type { RoundParams } from "./row.ts";

export type Figure = {
  /** Of the round's figures; one that a round does not have makes no row. */
  readonly key: string;
  /** Said after the name of the case in the row's; "" for the case's main figure. */
  readonly label: string;
  readonly unit: string;
  readonly better: "more" | "less";
};

export type Case = {
  readonly name: string;
  /** All that the round is told, and that its rows show. */
  readonly params: RoundParams;
  readonly figures: readonly Figure[];
  readonly repetitions: Repetitions;
  /** About how long a round takes on two cores that are free, its process included; to tell how long a run will. */
  readonly roundSeconds?: number;
  readonly round: AnyRound;
  /** A short name of each rival, and the case that measures it; the figure of the same key is compared. */
  readonly rivals: Readonly<Record<string, string>>;
  /** Why an optional rival cannot be measured here; it makes no row, and whoever has it as a rival says `absent`. */
  readonly absent?: string | undefined;
  /** Not one of ours: a rival, or a limit of the machine. */
  readonly isRival: boolean;
};

/** A round whose parameters nobody needs to know any more. */
export type AnyRound = Pick<RoundDefinition<RoundParams>, "url" | "name" | "flags">;

/** A case whose parameters are those of its round. */
export function caseOf<Params extends RoundParams>(
  round: RoundDefinition<Params>,
  {
    rivals = {},
    isRival = false,
    ...rest
  }: Omit<Case, "round" | "params" | "rivals" | "isRival"> & {
    readonly params: NoInfer<Params>;
    readonly rivals?: Case["rivals"];
    readonly isRival?: boolean;
  },
): Case {
  return { round, rivals, isRival, ...rest };
}

/** The one figure of most cases: how many a second. */
export function rateIn(unit: string): readonly Figure[] {
  return [{ key: "rate", label: "", unit, better: "more" }];
}
