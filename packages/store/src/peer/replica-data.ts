// What a replica has once it has data, put together: the tablet and the parts that work on it. Made
// anew with each install, so that nothing of the data before reaches into those that replaced them.
import {
  type PeerId,
  peerOnStore,
  type Region,
  type RegionId,
  type StoreId,
} from "@multiraft/pd/protocol";
import type { ActorContext } from "@multiraft/runtime";
import type { LogHandle } from "../log/log-handle.ts";
import type { Generation } from "../log/record.ts";
import { encodeCommand } from "../operation/command.ts";
import type { LogIndex, RaftNode } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import { Applier } from "./applier.ts";
import type { AsyncWork } from "./async-work.ts";
import { ChildCopies } from "./child-copies.ts";
import type { ClientService } from "./client-service.ts";
import { Leadership, type LeadershipHost } from "./leadership.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";
import type { ReplicaLog } from "./replica-log.ts";
import { Upkeep } from "./upkeep.ts";

export type ReplicaData = {
  readonly tablet: Tablet;
  readonly generation: Generation;
  readonly applier: Applier;
  readonly upkeep: Upkeep;
  readonly copies: ChildCopies;
  readonly leadership: Leadership;
};

export type ReplicaDataParts = {
  readonly context: ActorContext<PeerMail>;
  readonly args: PeerArgs;
  readonly work: AsyncWork<PeerMail>;
  readonly log: LogHandle<PeerMail>;
  readonly service: ClientService;
  readonly storage: ReplicaLog;
  readonly node: RaftNode;
  readonly tablet: Tablet;
  readonly generation: Generation;
  /** Children that this store still owes. */
  readonly owed: readonly RegionId[];
  /** The log above it must stay. */
  readonly keepAbove: () => LogIndex;
  readonly giveUpSnapshots: () => void;
  /** Of a split, or of a change of membership, that was just applied. */
  readonly regionChanged: () => void;
  readonly sendOrder: (to: { readonly id: PeerId; readonly storeId: StoreId }) => void;
};

export function assembleData(parts: ReplicaDataParts): ReplicaData {
  const { context, args, work, tablet, generation } = parts;
  const upkeep = makeUpkeep(parts);
  const copies = new ChildCopies(context, work, args.config.tuning, tablet);
  const applier = makeApplier(parts, upkeep);
  return { tablet, generation, applier, upkeep, copies, leadership: makeLeadership(parts) };
}

function makeUpkeep({
  tablet,
  storage,
  log,
  args,
  work,
  keepAbove,
  giveUpSnapshots,
  owed,
}: ReplicaDataParts): Upkeep {
  const upkeep = new Upkeep({
    tablet,
    storage,
    log,
    life: args.life,
    work,
    tuning: args.config.tuning,
    host: {
      keepAbove,
      giveUpSnapshots,
      failed: (reason) => {
        throw new Error(`the tablet failed: ${reason}`);
      },
    },
  });
  upkeep.setOwed(owed);
  return upkeep;
}

function makeLeadership(parts: ReplicaDataParts): Leadership {
  const { context, args, node, tablet, service, sendOrder } = parts;
  const { config, peerId } = args;
  const host: LeadershipHost = {
    self: context.self,
    peerId,
    node,
    tablet,
    pd: config.pd,
    tell: (mail) => context.tell(config.pd, mail),
    sendTo: sendOrder,
    propose: (command) => {
      const refusal = node.propose(encodeCommand(command));
      return refusal === undefined ? undefined : service.answerOf(refusal);
    },
  };
  return new Leadership(host, parts.work, config.tuning);
}

function makeApplier(parts: ReplicaDataParts, upkeep: Upkeep): Applier {
  const { tablet, node, service, regionChanged } = parts;
  return new Applier(tablet, node, {
    answered: ({ index, term }, reply) => service.onEntryApplied(index, term, reply),
    split: (index, children) => {
      upkeep.splitApplied(index);
      regionChanged();
      tellOfSplit(parts, index, children);
    },
    membershipChanged: regionChanged,
  });
}

/** The registry makes the children, by the one door; here it is told which of them are this store's. */
function tellOfSplit(
  { context, args, node }: ReplicaDataParts,
  index: LogIndex,
  children: readonly Region[],
): void {
  const own = children.flatMap((region) => {
    const peer = peerOnStore(region, args.config.storeId);
    return peer === undefined ? [] : [{ region, peerId: peer.id }];
  });
  context.tell(args.registry, {
    kind: "split-applied",
    life: args.life,
    index,
    children: own,
    campaigns: node.isLeader,
  });
}
