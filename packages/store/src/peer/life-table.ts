// The life of a replica as a table: for each state and each class of mail, what happens. A newcomer
// reads this file first. "impossible" is used only for mail that this incarnation sends itself.
import { unreachable } from "@multiraft/runtime";
import type { PeerMail } from "./peer-mail.ts";

/**
 * - opening: after a restart, until its log and tablet are read. Durable: its life record.
 * - uninitialized: admitted, without data or membership; votes, but answers no append.
 *   Durable: life and hard state. A restart makes it again so.
 * - initialising: its first data arrive (copied from a split's parent, or a snapshot). Durable: as
 *   before; a restart deletes what had arrived.
 * - live: has its data. Durable: an install record names its tablet.
 * - installing: live, and a snapshot that will replace its data arrives.
 * - removing: it was told its end (who has only applied its removal stays live), and waits for named
 *   obstacles. Durable: the tombstone, written before its address closes.
 */
export type LifeStateName =
  | "opening"
  | "uninitialized"
  | "initialising"
  | "live"
  | "installing"
  | "removing";

export type MailClass =
  /** Elections, heartbeats and all answers. */
  | "raft"
  | "append"
  | "snapshot-in"
  | "snapshot-out"
  | "client"
  | "order"
  | "initialise"
  | "end"
  | "split-notice"
  | "copy-request"
  | "copy-out"
  | "copy-in"
  | "log-notice"
  | "inspect"
  /** Who sleeps in the group, and until when. */
  | "sleep"
  | "own";

/**
 * handle; park (bounded, until the state changes); answer (the sender is told no, what the mail owns is
 * released); drop (counted, what the mail owns is released); impossible.
 */
export type Disposition = "handle" | "park" | "answer" | "drop" | "impossible";

export const LIFE_TABLE: Readonly<Record<LifeStateName, Readonly<Record<MailClass, Disposition>>>> =
  {
    opening: {
      raft: "drop", // Raft sends again
      append: "drop",
      "snapshot-in": "answer",
      "snapshot-out": "drop", // of an earlier incarnation
      client: "answer",
      order: "drop",
      initialise: "park",
      end: "park",
      "split-notice": "handle",
      "copy-request": "park", // a child asks its parent, which is only just being opened
      "copy-out": "drop",
      "copy-in": "drop",
      "log-notice": "impossible",
      inspect: "handle",
      sleep: "drop", // is awake, and says so when it hears nobody
      own: "handle",
    },
    uninitialized: {
      raft: "handle",
      append: "handle", // refused by the empty log: the leader learns that it has to send a snapshot
      "snapshot-in": "handle",
      "snapshot-out": "drop",
      client: "answer",
      order: "drop",
      initialise: "handle",
      end: "handle",
      "split-notice": "handle",
      "copy-request": "answer", // has nothing to copy from
      "copy-out": "drop",
      "copy-in": "drop",
      "log-notice": "handle",
      inspect: "handle",
      sleep: "drop",
      own: "handle",
    },
    initialising: {
      raft: "handle",
      append: "drop", // what it would refuse now it will take in a moment
      "snapshot-in": "handle", // of the transfer it accepted; others are refused
      "snapshot-out": "drop",
      client: "answer",
      order: "drop",
      initialise: "handle", // from a parent that was opened again: begins anew
      end: "handle",
      "split-notice": "handle",
      "copy-request": "answer",
      "copy-out": "drop",
      "copy-in": "handle",
      "log-notice": "handle",
      inspect: "handle",
      sleep: "drop",
      own: "handle",
    },
    live: {
      raft: "handle",
      append: "handle",
      "snapshot-in": "handle",
      "snapshot-out": "handle",
      client: "handle",
      order: "handle",
      initialise: "drop", // it has its data: the registry has settled the child already
      end: "handle",
      "split-notice": "handle",
      "copy-request": "handle",
      "copy-out": "handle",
      "copy-in": "drop",
      "log-notice": "handle",
      inspect: "handle",
      sleep: "handle",
      own: "handle",
    },
    installing: {
      raft: "handle",
      append: "handle",
      "snapshot-in": "handle",
      "snapshot-out": "handle",
      client: "handle",
      order: "drop", // it does not lead
      initialise: "drop",
      end: "handle",
      "split-notice": "handle",
      "copy-request": "handle",
      "copy-out": "handle",
      "copy-in": "drop",
      "log-notice": "handle",
      inspect: "handle",
      sleep: "handle",
      own: "handle",
    },
    removing: {
      raft: "drop",
      append: "drop",
      "snapshot-in": "answer",
      "snapshot-out": "drop",
      client: "answer",
      order: "drop",
      initialise: "drop",
      end: "drop", // it is ending
      "split-notice": "handle",
      "copy-request": "handle", // its end waits for this
      "copy-out": "handle",
      "copy-in": "drop",
      "log-notice": "handle",
      inspect: "handle",
      sleep: "drop",
      own: "handle",
    },
  };

export function classOf(mail: PeerMail): MailClass {
  switch (mail.kind) {
    case "raft":
      return mail.message.type === "MsgApp" ? "append" : "raft";
    case "snapshot-offer":
    case "snapshot-chunk":
    case "snapshot-end":
    case "snapshot-waits":
    case "snapshot-abort":
      return "snapshot-in";
    case "snapshot-verdict":
    case "snapshot-ack":
    case "snapshot-result":
      return "snapshot-out";
    case "get":
    case "scan":
    case "write":
    case "compare-and-swap":
    case "split-at":
      return "client";
    case "pd-order":
    case "tombstone-confirm":
      return "order";
    case "initialise":
      return "initialise";
    case "superseded":
    case "tombstone-order":
      return "end";
    case "split-recorded":
    case "owed-children":
      return "split-notice";
    case "copy-request":
      return "copy-request";
    case "copy-ack":
      return "copy-out";
    case "copy-chunk":
    case "copy-end":
    case "copy-refused":
      return "copy-in";
    case "log-durable":
    case "log-failed":
      return "log-notice";
    case "peer-status":
    case "peer-content":
      return "inspect";
    case "hibernate":
    case "hibernate-agreed":
    case "wake-up":
    case "watched":
    case "rouse":
      return "sleep";
    case "tick":
    case "continue":
      return "own";
    default:
      return unreachable(mail);
  }
}
