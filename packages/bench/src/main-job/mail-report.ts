// Why mail went no further, over all layers: dropped by the runtime before a handler saw it, or refused
// by a store's registry or gate that saw it and found nobody for it.
import type { ClusterStatus } from "@multiraft/store";

export function dropsOf({ mail, stores }: ClusterStatus): Readonly<Record<string, number>> {
  const drops: Record<string, number> = {};
  const add = (reasons: Readonly<Record<string, number>>, prefix = "") => {
    for (const [reason, count] of Object.entries(reasons))
      if (count > 0) drops[prefix + reason] = (drops[prefix + reason] ?? 0) + count;
  };
  add(mail.dropped);
  for (const { registry, gates } of stores) {
    add(registry?.refusals ?? {}, "registry: ");
    for (const gate of gates) add(gate?.drops ?? {}, "gate: ");
  }
  return drops;
}
