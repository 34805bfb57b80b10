// A question to an actor, answered at once: its mail is handled before everything else that waits,
// but for what the outside has sent it earlier.
import type { AnyAddress, AskOutcome, MessageShape } from "@multiraft/runtime";
import type { Candidate, ManualSystem } from "@multiraft/runtime/testing";

/** The directory, the gates and the question itself lie before the answer. */
const STEPS_MAX = 64;

/** @returns Undefined when the actor is gone, or failed at it. */
export function lookAt(system: ManualSystem, to: AnyAddress, message: MessageShape): unknown {
  const answer: { outcome: AskOutcome<unknown> | undefined } = { outcome: undefined };
  system.askThen(to as never, message, {}, (outcome) => {
    answer.outcome = outcome;
  });
  const isMine = ({ pending }: Candidate): boolean =>
    pending.kind === "mail" &&
    pending.isAsk &&
    pending.message.kind === message.kind &&
    pending.to.slot === to.slot &&
    pending.to.incarnation === to.incarnation;
  for (let step = 0; step < STEPS_MAX && answer.outcome === undefined; step += 1) {
    const place = (all: readonly Candidate[]) => {
      const found = all.findLastIndex(isMine);
      return found < 0 ? undefined : found;
    };
    if (!system.stepAmong(place)) break;
  }
  return answer.outcome?.kind === "reply" ? answer.outcome.value : undefined;
}
