// The sleep of a replica, put together: whom it asks, where its words go, and what goes on when it wakes.
import type { ActorContext } from "@multiraft/runtime";
import { isAtRest, type ReplicaParts } from "./at-rest.ts";
import type { Correspondence } from "./correspondence.ts";
import { Hibernation } from "./hibernation.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";

export type SleepParts = {
  readonly context: ActorContext<PeerMail>;
  readonly args: PeerArgs;
  readonly mail: Correspondence;
  readonly ticksGoOn: () => void;
};

/** @param replica As it is now: read anew each time. */
export function newHibernation(
  { context, args, mail, ticksGoOn }: SleepParts,
  replica: () => ReplicaParts,
  counted: (what: string) => void,
): Hibernation {
  const { config, gate, regionId, life, peerId } = args;
  const peers = () => replica().data?.tablet.meta.region.peers ?? [];
  return new Hibernation(
    {
      node: () => replica().driver?.node,
      others: () => peers().filter(({ id }) => id !== peerId),
      isAtRest: () => isAtRest(replica()),
      isGroupAtRest: () => replica().data?.leadership.isGroupAtRest ?? false,
      send: (to, word) => mail.send({ ...mail.headTo(to), ...word }),
      askToWatch: (sleep, stores) => {
        const sleeper = { regionId, life, replica: context.self, sleep, stores };
        context.tell(gate, { kind: "sleeps", ...sleeper });
      },
      woke: () => {
        context.tell(gate, { kind: "woke", regionId, life });
        replica().data?.leadership.woke();
        ticksGoOn();
      },
      counted,
    },
    config.tuning,
  );
}
