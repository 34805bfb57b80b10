// The table of the catalogue as the page about scenarios has it.
import { SCENARIOS } from "./all-scenarios.ts";
import { ENTRIES, type Entry, type Fate, idOf } from "./entries.ts";
import type { Guard } from "./scenario.ts";

export function renderTable(): string {
  const rows = ENTRIES.map((entry) => `| ${cells(entry).join(" | ")} |`);
  return ["| entry | what happened there | here |", "| --- | --- | --- |", ...rows].join("\n");
}

function cells(entry: Entry): string[] {
  return [idOf(entry), entry.about, describeFate(entry.fate, idOf(entry))];
}

function describeFate(fate: Fate, id: string): string {
  switch (fate.kind) {
    case "built":
      return describeGuard(SCENARIOS.find((scenario) => scenario.id === id)?.guard);
    case "raft-core":
      return `a rule of the Raft core: \`${fate.test.file.split("/").at(-1)}\`, "${fate.test.name}"; no scenario: ${fate.why}`;
    case "waits":
      return `waits for ${fate.for}: ${fate.why}`;
    case "impossible":
      return `cannot be: ${fate.why}`;
  }
}

function describeGuard(guard: Guard | undefined): string {
  switch (guard?.kind) {
    case undefined:
      return "no scenario";
    case "switch":
    case "replaced":
      return `scenario; missed when it is taken out: ${guard.name}`;
    case "construction":
      return `scenario; by construction: ${guard.why}`;
    case "elsewhere":
      return `scenario; its guard is held by \`${guard.test.file.split("/").at(-1)}\`, and taken out by the planted \`${guard.planted}\``;
  }
}
