// Step 5: the report for people. The same figures as in the JSON file, beside the machine's own limits.
import type { LatencyReport, MainJobReport } from "./report.ts";

export function reportLines(report: MainJobReport): readonly string[] {
  return [
    "5. report",
    ...dataLines(report),
    ...snapshotLines(report),
    ...mailLines(report),
    ...raceLines(report),
    ...latencyLines(report),
  ];
}

/** What must hold; empty when all of it does. */
export function failuresOf(report: MainJobReport): readonly string[] {
  const failures: string[] = [];
  const { entries, entriesReadBack, lostWrites, strangeKeys, wrongReads, replicasEqual } = report;
  if (entriesReadBack !== entries) failures.push(`${entries - entriesReadBack} entries not right`);
  if (lostWrites > 0) failures.push(`${lostWrites} acknowledged writes lost`);
  if (strangeKeys > 0) failures.push(`${strangeKeys} keys that nobody wrote`);
  if (wrongReads > 0) failures.push(`${wrongReads} wrong reads`);
  if (!replicasEqual) failures.push("replicas differ");
  for (const { heldAt, outcome, released, restored, reason } of report.race.plays)
    if (outcome !== "dropped" || !released || !restored)
      failures.push(`race, held in ${heldAt}: ${outcome}, ${reason}`);
  return failures;
}

function dataLines(report: MainJobReport): string[] {
  const { records, entries, entriesReadBack, lostWrites, regions, replicasCompared } = report;
  const equal = report.replicasEqual ? "all equal" : "NOT EQUAL";
  return [
    line("data", `${count(records)} records, ${count(entries)} entries in ${regions} regions`),
    line("read back", `${count(entriesReadBack)} right, ${lostWrites} acknowledged writes lost`),
    line("replicas", `${count(replicasCompared)} compared by content, ${equal}`),
  ];
}

function snapshotLines({ snapshots, limits }: MainJobReport): string[] {
  const { bytes, mbPerSecond, pace, streamingSeconds, stagesMbPerSecond } = snapshots;
  const rate = `${mbPerSecond.toFixed(0)} MB/s over ${streamingSeconds.toFixed(1)} s`;
  const stages = Object.entries(stagesMbPerSecond).map(
    ([stage, rateMb]) => `${stage} ${rateMb.toFixed(0)}`,
  );
  const share = (mbPerSecondMax: number) => (mbPerSecond / mbPerSecondMax).toPrecision(2);
  const { memcpyGBps, crc32cGBps, fsyncWriteMBps } = limits;
  return [
    line(
      "snapshots",
      `${count(snapshots.count)}, ${(bytes / 1e6).toFixed(0)} MB of users, ${rate}`,
    ),
    line("", `pace ${pace}; client and receivers share the cores`),
    line("one snapshot", `MB/s by stage: ${stages.join(", ")}`),
    line(
      "machine",
      `memcpy ${memcpyGBps.toFixed(1)} GB/s, crc32c ${crc32cGBps.toFixed(1)} GB/s, ` +
        `write with fsync ${fsyncWriteMBps.toFixed(0)} MB/s`,
    ),
    line(
      "our share",
      `${share(memcpyGBps * 1e3)} of memcpy, ${share(crc32cGBps * 1e3)} of crc32c, ` +
        `${share(fsyncWriteMBps)} of write with fsync`,
    ),
  ];
}

function mailLines({ mail, drops }: MainJobReport): string[] {
  const reasons = Object.entries(drops).map(([reason, times]) => `${reason} ${count(times)}`);
  return [
    line(
      "mail",
      `${count(mail.sent)} sent, ${count(mail.delivered)} delivered, ` +
        `${count(mail.dropped)} dropped, ${mail.inFlight} in flight`,
    ),
    line("went nowhere", reasons.length === 0 ? "none" : reasons.join(", ")),
  ];
}

function raceLines({ race }: MainJobReport): string[] {
  return race.plays.map(({ heldAt, outcome, reason, released, restored }) =>
    line(
      `race, ${heldAt}`,
      `${outcome} (${reason}), ${released ? "released" : "NOT RELEASED"}, ` +
        `${restored ? "placed again" : "NOT PLACED AGAIN"}`,
    ),
  );
}

function latencyLines({ latency }: MainJobReport): string[] {
  const show = (what: string, { p50Ms, p99Ms, count: samples }: LatencyReport["reads"]) =>
    `${what} p50 ${p50Ms.toFixed(1)} ms p99 ${p99Ms.toFixed(1)} ms (${count(samples)})`;
  const both = ({ reads, writes, overrun }: LatencyReport) =>
    [
      show("reads", reads),
      show("writes", writes),
      ...(writes.unknown > 0
        ? [`${count(writes.unknown)} writes of unknown outcome among them`]
        : []),
      ...(overrun ? ["OVERRUN: operations began late"] : []),
    ].join(", ");
  return [line("quiet", both(latency.quiet)), line("streaming", both(latency.streaming))];
}

function line(what: string, text: string): string {
  return `   ${what.padEnd(14)} ${text}`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
