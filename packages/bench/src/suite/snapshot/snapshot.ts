// The snapshot suite: user bytes a second from store to store through the mailboxes, end to end and by
// stage, beside what the machine does at best: copying memory, checksums, a synced sequential write.
import { measureChecksum, measureCopy, measureSyncedWrite } from "../../limit/machine-limits.ts";
import { type Round, type Row, summarize } from "../row.ts";
import { type MovedRegion, moveRegion, type RegionContent, type StageMs } from "./moved-region.ts";

export type SnapshotOptions = {
  readonly userBytes: number;
  readonly rounds: number;
  readonly threads: number;
  readonly directory: string;
};

type Announce = (name: string, done: number, total: number) => void;
type Limits = Readonly<Record<string, readonly Round[]>>;

const STAGES: readonly (keyof StageMs)[] = ["copy", "stream", "sync", "install"];

export async function snapshotSuite(
  options: SnapshotOptions,
  announce: Announce,
): Promise<readonly Row[]> {
  const contents: RegionContent[] = (["memory", "lmdb"] as const).flatMap((engine) =>
    [100, 1_024].map((valueBytes) => ({ engine, valueBytes, userBytes: options.userBytes })),
  );
  const moved = new Map<RegionContent, MovedRegion[]>(contents.map((content) => [content, []]));
  const limits: Record<string, Round[]> = { memcpy: [], crc32c: [], "write with fsync": [] };
  let done = 0;
  for (let round = 0; round < options.rounds; round += 1) {
    for (const content of contents) {
      announce(nameOf(content), done, contents.length * options.rounds);
      done += 1;
      moved.get(content)?.push(await moveRegion(options.directory, content, options.threads));
    }
    // In the same rounds: when the machine's speed drifts, it drifts for all.
    limits["memcpy"]?.push(rateRound(measureCopy()));
    limits["crc32c"]?.push(rateRound(measureChecksum()));
    const written = measureSyncedWrite(options.directory, options.userBytes);
    limits["write with fsync"]?.push(rateRound(written));
  }
  const rows = contents.flatMap((content) => rowsOf(content, moved.get(content) ?? [], limits));
  return [...rows, ...Object.entries(limits).map(([name, rounds]) => limitRow(name, rounds))];
}

function rowsOf(
  content: RegionContent,
  moved: readonly MovedRegion[],
  limits: Limits,
): readonly Row[] {
  const total = row(`${nameOf(content)}, end to end`, content, moved, limits, totalMs);
  const stages = STAGES.filter((stage) => moved.some(({ stageMs }) => stageMs[stage] > 0)).map(
    (stage) =>
      row(`${nameOf(content)}, ${stage}`, content, moved, {}, ({ stageMs }) => stageMs[stage]),
  );
  return [total, ...stages];
}

function row(
  name: string,
  { engine, valueBytes, userBytes }: RegionContent,
  moved: readonly MovedRegion[],
  limits: Limits,
  durationMs: (region: MovedRegion) => number,
): Row {
  const rounds = moved.map((region) => ({
    amount: region.userBytes / 1e6,
    seconds: durationMs(region) / 1_000,
    cpuSeconds: region.cpuSeconds,
  }));
  const summary = summarize(rounds);
  const ratios = Object.entries(limits).map(([limit, measured]) => [
    limit,
    summary.median / summarize(measured).median,
  ]);
  return {
    case: name,
    params: { engine, valueBytes, userBytes },
    unit: "MB/s",
    ...summary,
    verified: true,
    ratios: Object.fromEntries(ratios),
  };
}

function limitRow(name: string, rounds: readonly Round[]): Row {
  return { case: name, params: {}, unit: "MB/s", ...summarize(rounds), verified: true, ratios: {} };
}

/** The stages follow each other; receiving goes on while the other end streams. */
function totalMs({ stageMs: { copy, stream, sync, install } }: MovedRegion): number {
  return copy + stream + sync + install;
}

function nameOf({ engine, valueBytes }: RegionContent): string {
  return `${engine}, ${valueBytes} B values`;
}

function rateRound(bytesPerSecond: number): Round {
  return { amount: bytesPerSecond / 1e6, seconds: 1, cpuSeconds: 0 };
}
