// An etcd cluster on this machine: members as processes of their own, on loopback ports that are free, with
// data on the disk that is measured. Whatever happens, no process is left behind.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

type Member = {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly process: ChildProcess;
  output: string;
};

export type AddedMember = {
  readonly clientUrl: string;
  /** There from the start, where clients are served only when the member has told the others of itself. */
  readonly metricsUrl: string;
  /** Its process, from nothing until its ports are there: no work of etcd's on the data. */
  readonly startMs: number;
};

export type EtcdOptions = {
  readonly directory: string;
  readonly members: number;
  /** Applied entries between two snapshots of a member, after which its log is cut. */
  readonly snapshotEntries?: number;
};

const ENDED_WITHIN_MS = 5_000;
/** A start takes a few hundred milliseconds; a loaded machine is given time. */
const WAIT_MS_MAX = 30_000;
const POLL_MS = 50;
/** Where the end of a wait is measured. */
const LISTENING_POLL_MS = 2;
const QUOTA_BYTES = 8 * 2 ** 30;
/** Of the last output of a member that ended, for the message. */
const OUTPUT_CHARACTERS = 600;

/** Whether an `etcd` is on the PATH. */
export function hasEtcd(): boolean {
  return spawnSync("etcd", ["--version"]).status === 0;
}

export class EtcdMembers {
  readonly #directory: string;
  readonly #snapshotEntries: number | undefined;
  readonly #members: Member[] = [];

  private constructor({ directory, snapshotEntries }: EtcdOptions) {
    this.#directory = directory;
    this.#snapshotEntries = snapshotEntries;
  }

  static async start(options: EtcdOptions): Promise<EtcdMembers> {
    const members = new EtcdMembers(options);
    const ports = await freePorts(options.members * 2);
    const places = Array.from({ length: options.members }, (_, i) => ({
      name: `member-${i + 1}`,
      clientUrl: loopback(ports[i * 2]),
      peerUrl: loopback(ports[i * 2 + 1]),
    }));
    for (const place of places) members.#spawn(place, places, ["--initial-cluster-state=new"]);
    return members;
  }

  get clientUrls(): readonly string[] {
    return this.#members.map(({ clientUrl }) => clientUrl);
  }

  /**
   * Resolves when the new member's process listens.
   * @param announce Tells the cluster of the new member's peer URL before the member is started.
   */
  async add(announce: (peerUrl: string) => Promise<void>): Promise<AddedMember> {
    const [client, peer, metrics] = await freePorts(3);
    const name = `member-${this.#members.length + 1}`;
    const place = { name, clientUrl: loopback(client), peerUrl: loopback(peer) };
    await announce(place.peerUrl);
    const spawnedMs = performance.now();
    const metricsUrl = loopback(metrics);
    this.#spawn(
      place,
      [...this.#members, place],
      ["--initial-cluster-state=existing", `--listen-metrics-urls=${metricsUrl}`],
    );
    // Both: whoever asks a port that is not yet there is made to wait by its client.
    for (const port of [peer, client])
      await this.until(`${name} at port ${port}`, () => isListening(port), LISTENING_POLL_MS);
    return { clientUrl: place.clientUrl, metricsUrl, startMs: performance.now() - spawnedMs };
  }

  /** Until `look` says yes. @throws Error when a member has ended, or nothing came of it. */
  async until(what: string, look: () => Promise<boolean>, pollMs: number = POLL_MS): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS_MAX;
    while (performance.now() < deadlineMs) {
      const ended = this.#members.find(({ process }) => process.exitCode !== null);
      if (ended !== undefined) throw new Error(`etcd ${ended.name} ended: ${ended.output}`);
      if (await look().catch(() => false)) return;
      await sleep(pollMs);
    }
    throw new Error(`etcd: ${what} did not come`);
  }

  /** CPU seconds of all members so far, from the kernel's own account of each process. */
  cpuSeconds(): number {
    return this.#members.reduce((sum, { process }) => sum + processCpuSeconds(process.pid), 0);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#members.splice(0).map(async ({ process }) => {
        if (process.exitCode !== null || process.signalCode !== null) return;
        const exited = new Promise((resolve) => process.once("exit", resolve));
        process.kill("SIGTERM");
        const patience = sleep(ENDED_WITHIN_MS, undefined, { ref: false });
        await Promise.race([exited, patience]);
        process.kill("SIGKILL");
        await exited;
      }),
    );
  }

  #spawn(
    { name, clientUrl, peerUrl }: Omit<Member, "process" | "output">,
    all: readonly { readonly name: string; readonly peerUrl: string }[],
    more: readonly string[],
  ): void {
    const data = join(this.#directory, name);
    mkdirSync(data, { mode: 0o700 });
    const snapshots =
      this.#snapshotEntries === undefined ? [] : [`--snapshot-count=${this.#snapshotEntries}`];
    const args = [
      `--name=${name}`,
      `--data-dir=${data}`,
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${all.map((one) => `${one.name}=${one.peerUrl}`).join(",")}`,
      `--quota-backend-bytes=${QUOTA_BYTES}`,
      "--log-level=error",
      ...snapshots,
      ...more,
    ];
    const child = spawn("etcd", args, { stdio: ["ignore", "ignore", "pipe"] });
    const member: Member = { name, clientUrl, peerUrl, process: child, output: "" };
    child.stderr.on("data", (chunk) => {
      member.output = (member.output + String(chunk)).slice(-OUTPUT_CHARACTERS);
    });
    // However this process ends, its members end with it.
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    this.#members.push(member);
  }
}

function loopback(port: number | undefined): string {
  return `http://127.0.0.1:${port}`;
}

function isListening(port: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: port ?? 0 });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Ports that nobody listens on now; all are taken at the same time, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const TICKS_PER_SECOND = 100;
/** Fields 14 and 15 of `/proc/PID/stat`, user and system ticks, counted behind the name in brackets. */
function processCpuSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
