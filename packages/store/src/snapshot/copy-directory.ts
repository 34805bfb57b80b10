// Where the files of an outgoing snapshot are copied to: beside the tablets, under a name that is
// no tablet's. Nothing refers to one after its life has ended or its store was stopped, so that each opening removes
// all of them.
import type { Life } from "../log/record.ts";
import type { TransferId } from "../transport/region-mail.ts";

export const COPY_PREFIX = "copy_";

export function copyName(life: Life, transfer: TransferId): string {
  return `${COPY_PREFIX}${life}_${transfer}`;
}
