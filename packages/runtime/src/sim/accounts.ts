// The books of a manual system: where each piece of mail is, and what is still held.
import { DROP_REASONS, type DropReason } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { CellReport } from "../kernel/kernel-options.ts";
import type { MailCounts } from "../routing/mail-counters.ts";
import type { ManualHost } from "./manual-host.ts";

export type SystemCounts = {
  readonly sent: number;
  readonly delivered: number;
  /** In mailboxes and on the way. */
  readonly inFlight: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
};

/** @param hosts All there ever were. */
export function countMail(hosts: readonly ManualHost[], onTheWay: number): SystemCounts {
  const counts = hosts.map((host) => host.counters.read());
  const total = (of: (count: MailCounts) => number): number =>
    counts.reduce((sum, count) => sum + of(count), 0);
  const rows = DROP_REASONS.map((reason) => [reason, total((count) => count.dropped[reason])]);
  return {
    sent: total((count) => count.sent),
    delivered: total((count) => count.delivered),
    inFlight: total((count) => count.queued) + onTheWay,
    dropped: Object.fromEntries(rows) as Record<DropReason, number>,
  };
}

/** Nothing was lost or made without being counted, and what counts as queued lies in the mailboxes. */
export function assertBalanced(hosts: readonly ManualHost[], onTheWay: number): void {
  const { sent, delivered, dropped, inFlight } = countMail(hosts, onTheWay);
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  assert(sent === delivered + lost + inFlight, "mail was lost or made without being counted");
  for (const host of hosts)
    assert(host.counters.read().queued === userMailOf(host), "counters and mailboxes differ");
}

/** Lives with what they hold, and payloads. */
export function listOpenThings(hosts: readonly ManualHost[]): readonly string[] {
  return hosts.flatMap((host) => [
    ...host.kernel.inspect().map((cell) => `${host.name}: ${describeCell(cell)}`),
    ...openPayloads(host),
  ]);
}

function userMailOf(host: ManualHost): number {
  let queued = 0;
  for (const cell of host.kernel.cells) queued += cell.mailbox.userQueued;
  return queued;
}

function describeCell({ address, definition, state, held }: CellReport): string {
  const holds = held.length === 0 ? "nothing" : held.join(", ");
  return `${definition} ${address.slot}.${address.incarnation} is ${state}, holds ${holds}`;
}

function openPayloads(host: ManualHost): string[] {
  const blocks = host.payloads.openBlocks;
  const slabBytes = host.crossing?.usedBytes(host) ?? 0;
  return [
    ...(blocks === 0 ? [] : [`${host.threadName}: ${blocks} payloads`]),
    ...(slabBytes === 0 ? [] : [`${host.threadName}: ${slabBytes} bytes of slabs`]),
  ];
}
