/**
 * How messages, entries, configurations, progress and Readys are written in the scripts' outputs.
 */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  allMembers,
  type ConfChange,
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfState,
  confChangeOf,
  type Entry,
  type EntryType,
  type Message,
  NO_PEER,
  type PeerId,
  type Progress,
  type Ready,
  type RoleName,
  type Snapshot,
} from "../../raft/index.ts";
import { quote } from "./quote.ts";

export function hex(id: PeerId): string {
  return id.toString(16);
}

const ROLE: Record<RoleName, string> = {
  follower: "StateFollower",
  candidate: "StateCandidate",
  leader: "StateLeader",
  "pre-candidate": "StatePreCandidate",
};

export function roleText(role: RoleName): string {
  return ROLE[role];
}

function addressText(id: PeerId): string {
  if (id === NO_PEER) return "None";
  if (id === APPEND_THREAD) return "AppendThread";
  if (id === APPLY_THREAD) return "ApplyThread";
  return hex(id);
}

export function messageText(message: Message, indent = ""): string {
  const { type, from, to, term, logTerm, index } = message;
  const route = `${addressText(from)}->${addressText(to)}`;
  const head = `${route} ${type} Term:${term} Log:${logTerm}/${index}`;
  return indent + head + detailText(message) + bodyText(message, indent);
}

function detailText({ reject, rejectHint, commit, vote }: Message): string {
  let text = "";
  if (reject) text += ` Rejected (Hint: ${rejectHint})`;
  if (commit !== 0) text += ` Commit:${commit}`;
  if (vote !== NO_PEER) text += ` Vote:${vote}`;
  return text;
}

function bodyText({ entries, snapshot, responses }: Message, indent: string): string {
  let text = "";
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) text += ` Entries:[${entryText(first)}]`;
  if (entries.length > 1) {
    const lines = entries.map((entry) => `\n${indent}  ${entryText(entry)}`);
    text += ` Entries:[${lines.join("")}\n${indent}]`;
  }
  if (snapshot !== null && snapshot.index > 0)
    text += `\n${indent}  Snapshot: ${snapshotText(snapshot)}`;
  if (responses.length > 0) {
    const lines = responses.map((response) => `\n${messageText(response, `${indent}  `)}`);
    text += ` Responses:[${lines.join("")}\n${indent}]`;
  }
  return text;
}

const ENTRY_TYPE: Record<EntryType, string> = {
  normal: "EntryNormal",
  "conf-change": "EntryConfChange",
  "conf-change-v2": "EntryConfChangeV2",
};

export function entryText(entry: Entry): string {
  const head = `${entry.term}/${entry.index} ${ENTRY_TYPE[entry.type]}`;
  const change = confChangeOf(entry);
  if (change === undefined) return `${head} ${quote(entry.data)}`;
  return change.changes.length === 0 ? head : `${head} ${operationsText(change)}`;
}

export function entryLines(entries: readonly Entry[]): string {
  return entries.map((entry) => `${entryText(entry)}\n`).join("");
}

const OPERATION: Record<ConfChangeType, string> = {
  "add-node": "v",
  "add-learner-node": "l",
  "remove-node": "r",
  "update-node": "u",
};

function operationsText({ changes }: ConfChange): string {
  return changes.map(({ type, nodeId }) => `${OPERATION[type]}${nodeId}`).join(" ");
}

export function snapshotText({ index, term, confState }: Snapshot): string {
  return `Index:${index} Term:${term} ConfState:${confStateText(confState)}`;
}

export function confStateText(conf: ConfState): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = conf;
  return (
    `Voters:[${voters.join(" ")}] VotersOutgoing:[${votersOutgoing.join(" ")}] ` +
    `Learners:[${learners.join(" ")}] LearnersNext:[${learnersNext.join(" ")}] ` +
    `AutoLeave:${autoLeave}`
  );
}

export function majorityText(ids: readonly PeerId[]): string {
  return `(${ids.map(hex).join(" ")})`;
}

export function configurationText(conf: ConfState): string {
  let text = `voters=${majorityText(conf.voters)}`;
  if (conf.votersOutgoing.length > 0) text += `&&${majorityText(conf.votersOutgoing)}`;
  if (conf.learners.length > 0) text += ` learners=${majorityText(conf.learners)}`;
  if (conf.learnersNext.length > 0) text += ` learners_next=${majorityText(conf.learnersNext)}`;
  return conf.autoLeave ? `${text} autoleave` : text;
}

const FLOW = {
  probe: "StateProbe",
  replicate: "StateReplicate",
  snapshot: "StateSnapshot",
} as const;

export function progressText(progress: Readonly<Progress>): string {
  const { flow } = progress;
  let text = `${FLOW[flow.state]} match=${progress.match} next=${progress.next}`;
  if (progress.isLearner) text += " learner";
  if (progress.isPaused) text += " paused";
  if (flow.state === "snapshot" && flow.pendingIndex > 0)
    text += ` pendingSnap=${flow.pendingIndex}`;
  if (!progress.isRecentlyActive) text += " inactive";
  if (flow.state === "replicate" && flow.inflights.count > 0) {
    text += ` inflight=${flow.inflights.count}`;
    if (flow.inflights.isFull) text += "[full]";
  }
  return text;
}

export function progressListing(
  conf: ConfState,
  progressOf: (id: PeerId) => Readonly<Progress> | undefined,
): string {
  let text = "";
  for (const id of allMembers(conf)) {
    const progress = progressOf(id);
    if (progress !== undefined) text += `${id}: ${progressText(progress)}\n`;
  }
  return text;
}

export function readyText(ready: Ready): string {
  const body = readyBody(ready);
  return body === "" ? "<empty Ready>" : `Ready MustSync=${ready.mustSync}:\n${body}`;
}

function readyBody(ready: Ready): string {
  const { softState, hardState } = ready;
  let text = "";
  if (softState !== null) text += `Lead:${softState.leader} State:${roleText(softState.role)}\n`;
  if (hardState !== null) {
    const vote = hardState.vote === NO_PEER ? "" : ` Vote:${hardState.vote}`;
    text += `HardState Term:${hardState.term}${vote} Commit:${hardState.commit}\n`;
  }
  for (const { index, context } of ready.readStates)
    text += `ReadState Index:${index} Context:${quote(context)}\n`;
  if (ready.entries.length > 0) text += `Entries:\n${entryLines(ready.entries)}`;
  if (ready.snapshot !== null) text += `Snapshot ${snapshotText(ready.snapshot)}\n`;
  if (ready.committedEntries.length > 0)
    text += `CommittedEntries:\n${entryLines(ready.committedEntries)}`;
  if (ready.messages.length > 0)
    text += `Messages:\n${ready.messages.map((message) => `${messageText(message)}\n`).join("")}`;
  return text;
}

const TRANSITION: Record<ConfChangeTransition, string> = {
  auto: "ConfChangeTransitionAuto",
  implicit: "ConfChangeTransitionJointImplicit",
  explicit: "ConfChangeTransitionJointExplicit",
};

const CHANGE: Record<ConfChangeType, string> = {
  "add-node": "ConfChangeAddNode",
  "remove-node": "ConfChangeRemoveNode",
  "update-node": "ConfChangeUpdateNode",
  "add-learner-node": "ConfChangeAddLearnerNode",
};

/** A conf change as log lines show it. */
export function confChangeText({ transition, changes, context }: ConfChange): string {
  let text = `transition:${TRANSITION[transition]}`;
  for (const { type, nodeId } of changes)
    text += ` changes:{type:${CHANGE[type]} node_id:${nodeId}}`;
  return context === null || context.byteLength === 0 ? text : `${text} context:${quote(context)}`;
}
