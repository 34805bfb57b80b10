// A new member of an etcd cluster, which can only get the data by snapshot: the log of the others has been
// cut. From the order to add it until it has applied what the others had; then all keys are counted. The time that
// its process takes to start is told apart: our new store is there before the order, in a process that runs. Nor is
// it waited for that the member serves clients: it may take 7 s more, when its first word to the others is lost.
import { assert } from "@multiraft/runtime";
import type { Etcd3 } from "etcd3";
import { recordKey } from "../../workload/ycsb/record-key.ts";
import { recordValue } from "../../workload/ycsb/record-value.ts";
import { checkArrived, defineRound, type Measured } from "../round.ts";
import { connectEtcd } from "./etcd-client.ts";
import { EtcdMembers } from "./etcd-members.ts";
import { findLeader } from "./etcd-target.ts";

export type EtcdFillParams = { readonly valueBytes: number; readonly userBytes: number };

const MEMBERS = 3;
/** etcd 3.4 keeps 5,000 entries behind a snapshot for followers that are a little late. */
const KEPT_ENTRIES = 5_000;
const SNAPSHOT_ENTRIES = 1_000;
/** A look costs some milliseconds of the member's time. */
const POLL_MS = 20;
const WRITES_UNDER_WAY = 64;
/** Writes in one transaction, etcd's own limit being 128 operations. */
const WRITES_A_TRANSACTION = 16;

export const etcdFillRound = defineRound<EtcdFillParams>({
  url: import.meta.url,
  name: "etcdFillRound",
  open: async (params, { directory }) => {
    const processes = await EtcdMembers.start({
      directory,
      members: MEMBERS,
      snapshotEntries: SNAPSHOT_ENTRIES,
    });
    return {
      iterate: () => fill(processes, params),
      close: () => processes.close(),
    };
  },
});

async function fill(processes: EtcdMembers, params: EtcdFillParams): Promise<Measured> {
  const leader = await connectEtcd(await findLeader(processes));
  try {
    const keys = await load(leader, params);
    const { raftIndex } = await leader.maintenance.status();
    const startedMs = performance.now();
    const startedCpuSeconds = processes.cpuSeconds();
    const { clientUrl, metricsUrl, startMs } = await processes.add(async (peerUrl) => {
      await leader.cluster.memberAdd({ peerURLs: [peerUrl] });
    });
    const hasApplied = async () => (await appliedIndex(metricsUrl)) >= Number(raftIndex);
    await processes.until("the new member's data", hasApplied, POLL_MS);
    const seconds = (performance.now() - startedMs - startMs) / 1_000;
    const cpuSeconds = processes.cpuSeconds() - startedCpuSeconds;
    checkArrived(keys, await countOn(processes, clientUrl));
    const userBytes = keys * (recordKey(0).length + params.valueBytes);
    const figures = { rate: userBytes / 1e6 / seconds, start: startMs };
    return { figures, operations: userBytes, cpuSeconds };
  } finally {
    leader.close();
  }
}

/** @returns How many keys were written. */
async function load(leader: Etcd3, { valueBytes, userBytes }: EtcdFillParams): Promise<number> {
  const keys = Math.ceil(userBytes / (recordKey(0).length + valueBytes));
  let next = 0;
  let entries = 0;
  const writer = async () => {
    while (next < keys || entries < 2 * KEPT_ENTRIES) {
      const from = next;
      next = Math.min(keys, next + WRITES_A_TRANSACTION);
      entries += 1;
      const success = Array.from({ length: Math.max(1, next - from) }, (_, i) => {
        // Once all are there the last is written again, until the log is long enough to be cut.
        const record = Math.min(keys - 1, from + i);
        const value = recordValue({ record, write: record }, valueBytes);
        return { request_put: { key: Buffer.from(recordKey(record)), value } };
      });
      await leader.kv.txn({ compare: [], success, failure: [] });
    }
  };
  await Promise.all(Array.from({ length: WRITES_UNDER_WAY }, writer));
  assert(entries > KEPT_ENTRIES, "the new member could be served from the log");
  return keys;
}

async function appliedIndex(metricsUrl: string): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  return Number(/^etcd_server_proposals_applied_total (\S+)$/m.exec(text)?.[1] ?? 0);
}

/** As the member itself has them, whatever the others say. */
async function countOn(processes: EtcdMembers, clientUrl: string): Promise<number> {
  const member = await connectEtcd(clientUrl);
  const range = { key: Buffer.from("user"), range_end: Buffer.from("user~") };
  let keys = 0;
  try {
    await processes.until("an answer of the new member", async () => {
      const { count } = await member.kv.range({ ...range, serializable: true, count_only: true });
      keys = Number(count);
      return true;
    });
  } finally {
    member.close();
  }
  return keys;
}
