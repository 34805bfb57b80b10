// etcd under the same workload: three members with their usual durability, reached through the leader, which
// spares a request the way there and is etcd at its best.
import { connectEtcd } from "./etcd-client.ts";
import { EtcdMembers } from "./etcd-members.ts";
import type { KvTarget } from "./kv-target.ts";

/** Behind every key of a record. */
const RANGE_END = Buffer.from("user~");

export async function startEtcd(directory: string, members: number): Promise<KvTarget> {
  const processes = await EtcdMembers.start({ directory, members });
  try {
    const leaderUrl = await findLeader(processes);
    const client = await connectEtcd(leaderUrl);
    const { kv } = client;
    return {
      read: async (key) => (await kv.range({ key: Buffer.from(key) })).kvs[0]?.value,
      write: async (key, value) => {
        await kv.put({
          key: Buffer.from(key),
          value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        });
      },
      scan: async (key, recordsMax) => {
        const page = { key: Buffer.from(key), range_end: RANGE_END, limit: recordsMax };
        return (await kv.range(page)).kvs.map(({ value }) => value);
      },
      serverCpuSeconds: () => processes.cpuSeconds(),
      close: async () => {
        client.close();
        await processes.close();
      },
    };
  } catch (error) {
    await processes.close();
    throw error;
  }
}

/** The URL of the member that leads. */
export async function findLeader(processes: EtcdMembers): Promise<string> {
  let leaderUrl = "";
  for (const url of processes.clientUrls)
    await processes.until(`a leader that ${url} knows`, async () => {
      const client = await connectEtcd(url);
      try {
        const { header, leader } = await client.maintenance.status();
        if (leader === header.member_id) leaderUrl = url;
        return Number(leader) !== 0;
      } finally {
        client.close();
      }
    });
  if (leaderUrl === "") throw new Error("etcd: the members know no leader among them");
  return leaderUrl;
}
