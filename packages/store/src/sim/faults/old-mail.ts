// Mail between stores of long ago: of each kind a sample of all that was ever sent, whatever became of it, so
// that some of it can come once more when who sent it, and who it was for, are long gone.

import type { AnyAddress, Random } from "@multiraft/runtime";
import type { GateMail } from "../../transport/gate-mail.ts";
import { placeOf } from "../../transport/placement.ts";
import type { RegionMail } from "../../transport/region-mail.ts";
import type { FaultSite } from "./fault-site.ts";

export type OldPiece = {
  readonly to: AnyAddress;
  readonly message: GateMail & { readonly kind: "receive" };
  readonly bytes: Uint8Array | undefined;
};

/** Of each kind. A run sends some hundreds to some thousands of the common ones. */
const KEPT = 24;
/** A larger payload is a large run's, and none of these has any. */
const BYTES_MAX = 64 * 1_024;
const PIECES_MAX = 8;

export class OldMail {
  readonly #kept = new Map<string, { seen: number; readonly pieces: OldPiece[] }>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Each that was ever sent is as likely to be kept as any other of its kind. */
  note({ to, message, bytes }: OldPiece): void {
    if (bytes !== undefined && bytes.byteLength > BYTES_MAX) return;
    const sample = this.#sampleOf(kindOf(message.mail));
    const place = sample.seen < KEPT ? sample.seen : this.#random.below(sample.seen + 1);
    sample.seen += 1;
    if (place >= KEPT) return;
    sample.pieces[place] = { to, message, bytes: bytes && Uint8Array.from(bytes) };
  }

  /** Every kind is as likely as any other: most mail is heartbeats. */
  draw(random: Random, isWanted: (mail: RegionMail) => boolean): OldPiece | undefined {
    const kinds = [...this.#kept.values()]
      .map(({ pieces }) => pieces.filter(({ message }) => isWanted(message.mail)))
      .filter(({ length }) => length > 0);
    const pieces = kinds[random.below(Math.max(1, kinds.length))];
    return pieces?.[random.below(pieces.length)];
  }

  #sampleOf(kind: string) {
    const sample = this.#kept.get(kind) ?? { seen: 0, pieces: [] };
    this.#kept.set(kind, sample);
    return sample;
  }
}

export const oldMailFaults = {
  /** To whoever stands now where it was to go, or to the very gate that it was meant for. */
  "old-mail": (site: FaultSite, random: Random) => {
    const isAnyWanted = random.below(2) === 0;
    const isWanted = (mail: RegionMail) => isAnyWanted || isOutdated(site, mail);
    const kinds: string[] = [];
    for (let left = 1 + random.below(PIECES_MAX); left > 0; left -= 1) {
      const piece = site.links.old.draw(random, isWanted);
      const gate = piece && gateFor(site, piece, random.below(8) === 0);
      if (piece === undefined || gate === undefined) continue;
      kinds.push(kindOf(piece.message.mail));
      site.links.sendAgain({ ...piece, to: gate });
    }
    return kinds.length === 0 ? undefined : `old mail comes again: ${kinds.join(", ")}`;
  },
} as const;

/** Its region has another membership or range by now where it goes, or it is for another replica. */
function isOutdated({ cluster }: FaultSite, { toStore, regionId, to, epoch }: RegionMail): boolean {
  const { shadow } = cluster.oracles;
  const now = shadow.current(cluster.seat(toStore).host, regionId);
  if (now === undefined || now.hasEnded || now.peerId !== to) return true;
  const known = now.region?.epoch;
  return known !== undefined && (epoch.confVer < known.confVer || epoch.version < known.version);
}

function gateFor({ cluster }: FaultSite, piece: OldPiece, isItself: boolean) {
  if (isItself) return piece.to;
  const { regionId, toStore } = piece.message.mail;
  const gates = cluster.seat(toStore).opened?.gates;
  return gates?.[placeOf(regionId, toStore, gates.length)];
}

function kindOf(mail: RegionMail): string {
  return mail.kind === "raft" ? mail.message.type : mail.kind;
}
