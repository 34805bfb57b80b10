// Loads the cluster in a directory and kills its own process after so many acknowledged writes at least. What it
// tries and what is acknowledged goes to a journal, a line each, before it goes on: the lines of a
// killed process are with the system already.
import { openSync, writeSync } from "node:fs";
import { Cluster } from "@multiraft/store";

const [dir = "", journalPath = "", killAfterText, firstText, moves] = process.argv.slice(2);
const WRITERS = 16;
const KEYS_PER_WRITER = 40;
const PADDING = "v".repeat(300);

// Nobody loads for a parent that is gone.
process.on("disconnect", () => process.exit(1));

const journal = openSync(journalPath, "a");
const killAfter = Number(killAfterText);
let acknowledged = 0;
/** Where replicas move the end waits for the first snapshot, however fast the writes are. */
let isWaited = moves !== "moves";
let next = Number(firstText);

const cluster = await Cluster.start({
  dir,
  regionSizeBytes: 40_000,
  // Slow enough that snapshots are under way when the end comes.
  tuning: { tickMs: 50, heartbeatMs: 250, flushMs: 200, snapshotBytesPerSecond: 400_000 },
  pd: { tickMs: 50, orderResendMs: 500 },
});
const client = cluster.client();
if (moves === "moves") void move().catch(giveUp);
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));

/** Gives every region a place to go to, and one store all reason to send what it has. */
async function move(): Promise<void> {
  const stores = await client.stores();
  const [first, ...others] = stores.filter(({ state }) => state === "up");
  await cluster.addStore();
  if (first !== undefined && others.length >= 3) await cluster.drainStore(first.id);
  await noteSnapshots();
}

/** Without a snapshot under way there would be no end. */
function giveUp(error: unknown): void {
  console.error("the replicas do not move:", error);
  process.exit(1);
}

/** So that whoever reads the journal knows what was under way. */
async function noteSnapshots(): Promise<void> {
  for (;;) {
    const { stores } = await cluster.status({ replicas: false });
    const sending = stores.reduce((sum, { snapshots }) => sum + (snapshots?.sending ?? 0), 0);
    writeSync(journal, `snapshots ${sending} under way\n`);
    if (sending > 0) isWaited = true;
  }
}

/** Each writer has keys of its own and writes one at a time, so that numbers of a key only grow. */
async function write(writer: number): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const place = String(turn % KEYS_PER_WRITER).padStart(3, "0");
    const key = `key ${String(writer).padStart(2, "0")} ${place}`;
    const number = next;
    next += 1;
    writeSync(journal, `try ${number} ${key}\n`);
    try {
      await client.put(key, `${number} ${PADDING}`);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (!/OUTCOME_UNKNOWN|CLIENT_TIMEOUT/.test(code)) throw error;
      continue;
    }
    writeSync(journal, `ack ${number} ${key}\n`);
    acknowledged += 1;
    if (acknowledged >= killAfter && isWaited) process.kill(process.pid, "SIGKILL");
  }
}
