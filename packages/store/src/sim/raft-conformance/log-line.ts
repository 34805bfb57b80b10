/** The wording and level of the log line that each trace event stands for. */
import type { TraceEvent } from "../../raft/index.ts";
import {
  confChangeText,
  configurationText,
  confStateText,
  hex,
  progressText,
  roleText,
} from "./text.ts";

export const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"] as const;
export type Level = (typeof LEVELS)[number];

export type LogLine = { readonly level: Level; readonly text: string };

/** The event, among those that share a shape, too. */
type EventOf<Kind, Event = TraceEvent> = Event extends { readonly kind: infer Kinds }
  ? Kind extends Kinds
    ? Event
    : never
  : never;
type Wording = { readonly [Kind in TraceEvent["kind"]]: (event: EventOf<Kind>) => LogLine };

/** Undefined for what has no line: a proposal that is dropped in silence. */
export function logLine(event: TraceEvent): LogLine | undefined {
  const wording = WORDING[event.kind] as (event: TraceEvent) => LogLine;
  const line = wording(event);
  return line.text === "" ? undefined : line;
}

const debug = (text: string): LogLine => ({ level: "DEBUG", text });
const info = (text: string): LogLine => ({ level: "INFO", text });
const warn = (text: string): LogLine => ({ level: "WARN", text });
const error = (text: string): LogLine => ({ level: "ERROR", text });

type Snapshotted = { readonly snapshot: { readonly index: number; readonly term: number } };
const snapshotPlace = ({ snapshot }: Snapshotted) =>
  `[index: ${snapshot.index}, term: ${snapshot.term}]`;

type VoteEvent = EventOf<"vote-cast">;
function voteLine(event: VoteEvent, verb: string, end: string): LogLine {
  const { id, lastTerm, lastIndex, vote, type, from, candidateTerm, candidateIndex, term } = event;
  return info(
    `${hex(id)} [logterm: ${lastTerm}, index: ${lastIndex}, vote: ${hex(vote)}] ${verb} ${type} ` +
      `${verb === "cast" ? "for" : "from"} ${hex(from)} ` +
      `[logterm: ${candidateTerm}, index: ${candidateIndex}] at term ${term}${end}`,
  );
}

type TermEvent = EventOf<"higher-term">;
const termHead = ({ id, term }: TermEvent) => `${hex(id)} [term: ${term}]`;

type ProgressEvent = EventOf<"progress-decreased">;
const resumed = ({ id, progress }: ProgressEvent, what: string) =>
  debug(
    `${hex(id)} ${what}, resumed sending replication messages to ${hex(progress.id)} ` +
      `[${progressText(progress)}]`,
  );

type TransferEvent = EventOf<"transfer-started">;
const transferHead = ({ id, term }: TransferEvent) => `${hex(id)} [term ${term}]`;

type DropEvent = EventOf<"proposal-dropped">;
function droppedProposal(event: DropEvent): LogLine {
  const { term } = event;
  const id = hex(event.id);
  switch (event.reason) {
    case "no-leader":
      return info(`${id} no leader at term ${term}; dropping proposal`);
    case "forwarding-disabled":
      return info(
        `${id} not forwarding to leader ${hex(event.leader)} at term ${term}; dropping proposal`,
      );
    case "transfer-in-progress":
      return debug(
        `${id} [term ${term}] transfer leadership to ${hex(event.transferee)} ` +
          "is in progress; dropping proposal",
      );
    case "uncommitted-limit":
      return warn(
        `${id} appending new entries to log would exceed uncommitted entry size limit; ` +
          "dropping proposal",
      );
    case "not-a-member":
      return debug("");
  }
}

function objectionText(event: EventOf<"conf-change-ignored">): string {
  switch (event.objection) {
    case "pending":
      return (
        `possible unapplied conf change at index ${event.pendingIndex} ` +
        `(applied to ${event.applied})`
      );
    case "joint":
      return "must transition out of joint config first";
    case "not-joint":
      return "not in joint state; refusing empty conf change";
  }
}

/** Every refusal of a proposal reads the same. */
export const PROPOSAL_DROPPED = "raft proposal dropped";

const WORDING: Wording = {
  "configuration-switched": ({ id, confState }) =>
    info(`${hex(id)} switched to configuration ${configurationText(confState)}`),
  started: ({ id, voters, term, commit, applied, lastIndex, lastTerm }) =>
    info(
      `newRaft ${hex(id)} [peers: [${voters.map(hex).join(",")}], term: ${term}, ` +
        `commit: ${commit}, applied: ${applied}, lastindex: ${lastIndex}, lastterm: ${lastTerm}]`,
    ),
  "role-changed": ({ id, role, term }) => info(`${hex(id)} became ${role} at term ${term}`),
  "quorum-inactive": ({ id }) =>
    warn(`${hex(id)} stepped down to follower since quorum is not active`),
  "leader-forgotten": ({ id, leader, term }) =>
    info(`${hex(id)} forgetting leader ${hex(leader)} at term ${term}`),
  "forget-leader-refused": () => error("ignoring MsgForgetLeader due to ReadOnlyLeaseBased"),

  "campaign-started": ({ id, term }) =>
    info(`${hex(id)} is starting a new election at term ${term}`),
  "campaign-refused": ({ id, term, reason }) => {
    switch (reason) {
      case "already-leader":
        return debug(`${hex(id)} ignoring MsgHup because already leader`);
      case "unpromotable":
        return warn(`${hex(id)} is unpromotable and can not campaign`);
      case "unapplied-conf-change":
        return warn(
          `${hex(id)} cannot campaign at term ${term} since there are still pending ` +
            "configuration changes to apply",
        );
    }
  },
  "committed-by-vote": ({ id, commit }) =>
    info(`${hex(id)} learned by a vote that ${commit} is committed`),
  "vote-requested": ({ id, lastTerm, lastIndex, type, to, term }) =>
    info(
      `${hex(id)} [logterm: ${lastTerm}, index: ${lastIndex}] sent ${type} request to ${hex(to)} ` +
        `at term ${term}`,
    ),
  "vote-answered": ({ id, type, from, term, isGranted }) =>
    info(
      `${hex(id)} received ${type} ${isGranted ? "" : "rejection "}from ${hex(from)} ` +
        `at term ${term}`,
    ),
  "votes-counted": ({ id, granted, type, rejected }) =>
    info(`${hex(id)} has received ${granted} ${type} votes and ${rejected} vote rejections`),
  "vote-cast": (event) => voteLine(event, "cast", ""),
  "vote-rejected": (event) => voteLine(event, "rejected", ""),
  "vote-ignored-in-lease": (event) =>
    voteLine(event, "ignored", `: lease is not expired (remaining ticks: ${event.remainingTicks})`),
  "vote-withheld": (event) =>
    voteLine(event, "withheld", `: restarted (remaining ticks: ${event.remainingTicks})`),

  "higher-term": (event) =>
    info(
      `${termHead(event)} received a ${event.type} message with higher term ` +
        `from ${hex(event.from)} [term: ${event.messageTerm}]`,
    ),
  "lower-term": (event) =>
    info(
      `${termHead(event)} ignored a ${event.type} message with lower term ` +
        `from ${hex(event.from)} [term: ${event.messageTerm}]`,
    ),
  "stable-ack-of-older-term": (event) =>
    info(
      `${termHead(event)} ignored entry appends from a ${event.type} message with lower term ` +
        `[term: ${event.messageTerm}]`,
    ),

  "proposal-dropped": droppedProposal,
  "conf-change-ignored": (event) =>
    info(
      `${hex(event.id)} ignoring conf change ${confChangeText(event.change)} ` +
        `at config ${configurationText(event.confState)}: ${objectionText(event)}`,
    ),
  "auto-leave": ({ confState, refusal }) => {
    const what = `initiating automatic transition out of joint configuration`;
    const configuration = configurationText(confState);
    return refusal === undefined
      ? info(`${what} ${configuration}`)
      : debug(`not ${what} ${configuration}: ${PROPOSAL_DROPPED}`);
  },

  "conflict-found": ({ index, ownTerm, conflictingTerm }) =>
    info(
      `found conflict at index ${index} ` +
        `[existing term: ${ownTerm}, conflicting term: ${conflictingTerm}]`,
    ),
  "unstable-replaced": ({ index }) => info(`replace the unstable entries from index ${index}`),
  "unstable-truncated": ({ index }) => info(`truncate the unstable entries before index ${index}`),
  "stable-entry-missing": ({ index }) =>
    info(`entry at index ${index} missing from unstable log; ignoring`),
  "stable-entry-is-snapshot": ({ index }) =>
    info(`entry at index ${index} matched unstable snapshot; ignoring`),
  "stable-entry-mismatch": ({ index, term, ownTerm }) =>
    info(
      `entry at (index,term)=(${index},${term}) mismatched with entry at (${index},${ownTerm}) ` +
        "in unstable log; ignoring",
    ),

  "append-rejected": ({ id, from, index, ownTerm, messageTerm }) =>
    debug(
      `${hex(id)} [logterm: ${ownTerm}, index: ${index}] rejected MsgApp ` +
        `[logterm: ${messageTerm}, index: ${index}] from ${hex(from)}`,
    ),
  "append-rejection-received": ({ id, from, index, hintIndex, hintTerm }) =>
    debug(
      `${hex(id)} received MsgAppResp(rejected, hint: (index ${hintIndex}, term ${hintTerm})) ` +
        `from ${hex(from)} for index ${index}`,
    ),
  "progress-decreased": ({ id, progress }) =>
    debug(`${hex(id)} decreased progress of ${hex(progress.id)} to [${progressText(progress)}]`),
  "replication-paused": ({ id, progress }) =>
    debug(
      `${hex(id)} paused sending replication messages to ${hex(progress.id)} ` +
        `[${progressText(progress)}]`,
    ),
  "snapshot-recovered": (event) => resumed(event, "recovered from needing snapshot"),
  "snapshot-succeeded": (event) => resumed(event, "snapshot succeeded"),
  "snapshot-failed": (event) => resumed(event, "snapshot failed"),
  "peer-unreachable": ({ id, progress }) =>
    debug(
      `${hex(id)} failed to send message to ${hex(progress.id)} because it is unreachable ` +
        `[${progressText(progress)}]`,
    ),
  "snapshot-sent": (event) =>
    debug(
      `${hex(event.id)} [firstindex: ${event.firstIndex}, commit: ${event.commit}] ` +
        `sent snapshot${snapshotPlace(event)} to ${hex(event.progress.id)} ` +
        `[${progressText(event.progress)}]`,
    ),
  "snapshot-to-inactive-peer": ({ to }) =>
    debug(`ignore sending snapshot to ${hex(to)} since it is not recently active`),
  "snapshot-unavailable": ({ id, to }) =>
    debug(
      `${hex(id)} failed to send snapshot to ${hex(to)} ` +
        "because snapshot is temporarily unavailable",
    ),
  "progress-missing": ({ id, from }) => debug(`${hex(id)} no progress available for ${hex(from)}`),

  "restore-started": ({ log, snapshot }) => {
    const { offset, offsetInProgress, entries } = log.unstable;
    return info(
      `log [committed=${log.committed}, applied=${log.applied}, ` +
        `applying=${log.applyWindow.applying}, unstable.offset=${offset}, ` +
        `unstable.offsetInProgress=${offsetInProgress}, len(unstable.Entries)=${entries.length}] ` +
        `starts to restore snapshot ${snapshotPlace({ snapshot })}`,
    );
  },
  "snapshot-restored": (event) =>
    info(
      `${hex(event.id)} [commit: ${event.commit}, lastindex: ${event.lastIndex}, ` +
        `lastterm: ${event.lastTerm}] restored snapshot ${snapshotPlace(event)}`,
    ),
  "snapshot-fast-forwarded": (event) =>
    info(
      `${hex(event.id)} [commit: ${event.commit}, lastindex: ${event.lastIndex}, ` +
        `lastterm: ${event.lastTerm}] fast-forwarded commit to snapshot ${snapshotPlace(event)}`,
    ),
  "snapshot-handled": (event) =>
    info(
      `${hex(event.id)} [commit: ${event.commit}] ` +
        `${event.isRestored ? "restored" : "ignored"} snapshot ${snapshotPlace(event)}`,
    ),
  "snapshot-without-self": ({ id, snapshot }) =>
    warn(
      `${hex(id)} attempted to restore snapshot but it is not in the ConfState ` +
        `${confStateText(snapshot.confState)}; should never happen`,
    ),

  "transfer-started": (event) =>
    info(`${transferHead(event)} starts to transfer leadership to ${hex(event.transferee)}`),
  "transfer-aborted": (event) =>
    info(
      `${transferHead(event)} abort previous transferring leadership to ${hex(event.transferee)}`,
    ),
  "transfer-already-pending": (event) =>
    info(
      `${transferHead(event)} transfer leadership to ${hex(event.transferee)} is in progress, ` +
        `ignores request to same node ${hex(event.transferee)}`,
    ),
  "transfer-to-self": ({ id }) =>
    debug(`${hex(id)} is already leader. Ignored transferring leadership to self`),
  "transfer-to-learner": ({ id }) =>
    debug(`${hex(id)} is learner. Ignored transferring leadership`),
  "transfer-without-leader": ({ id, term }) =>
    info(`${hex(id)} no leader at term ${term}; dropping leader transfer msg`),
  "timeout-now-at-once": ({ id, transferee }) =>
    info(
      `${hex(id)} sends MsgTimeoutNow to ${hex(transferee)} immediately ` +
        `as ${hex(transferee)} already has up-to-date log`,
    ),
  "timeout-now-after-ack": ({ id, transferee }) =>
    info(`${hex(id)} sent MsgTimeoutNow to ${hex(transferee)} after received MsgAppResp`),
  "timeout-now-received": ({ id, term, from }) =>
    info(
      `${hex(id)} [term ${term}] received MsgTimeoutNow from ${hex(from)} ` +
        "and starts an election to get leadership.",
    ),
  "timeout-now-ignored": ({ id, term, from, role }) =>
    debug(
      `${hex(id)} [term ${term} state ${roleText(role)}] ignored MsgTimeoutNow from ${hex(from)}`,
    ),

  "read-without-leader": ({ id, term }) =>
    info(`${hex(id)} no leader at term ${term}; dropping index reading msg`),
  "read-queue-full": ({ id, term }) =>
    warn(`${hex(id)} too many pending reads at term ${term}; dropping index reading msg`),
};
