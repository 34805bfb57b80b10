// A leader has reads confirmed only when it has committed in its term: its question to the others, which
// carries the number of the read, follows an entry of that term in another's log, or in its own while it is the
// only voter: by that it commits what gives it others to ask.
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogRecord } from "../../log/record.ts";
import { type Incarnation, recordsIn, sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

/**
 * Of a region. The peers that were handed an entry of it; its first index; somebody has committed that far, or needed
 * nobody else's word to.
 */
type InTerm = { readonly peers: Set<number>; readonly first: number; isCommitted: boolean };

export class OwnTermReads implements Oracle {
  readonly #scene: Scene;
  readonly #terms = new Map<number, Map<number, InTerm>>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "gateActor") return this.#checkSent(mail);
    if (mail.actor !== "logActor") return;
    const sender = this.#scene.shadow.at(mail.from);
    if (sender !== undefined) for (const record of recordsIn(mail)) this.#note(sender, record);
  }

  #note(sender: Incarnation, record: LogRecord): void {
    const { regionId, peerId } = sender;
    const terms = this.#terms.get(regionId) ?? new Map<number, InTerm>();
    this.#terms.set(regionId, terms);
    if (record.kind === "entries")
      for (const { term, index } of record.entries) {
        const inTerm = terms.get(term) ?? { peers: new Set(), first: index, isCommitted: false };
        terms.set(term, inTerm);
        inTerm.peers.add(peerId);
        if (isOnlyVoter(sender)) inTerm.isCommitted = true;
      }
    if (record.kind !== "hard-state") return;
    const inTerm = terms.get(record.hardState.term);
    if (inTerm !== undefined && record.hardState.commit >= inTerm.first) inTerm.isCommitted = true;
  }

  #checkSent(mail: HandledMail): void {
    const sent = sentRegionMail(mail);
    if (sent?.kind !== "raft" || sent.message.type !== "MsgHeartbeat") return;
    const { context, term, from } = sent.message;
    if (context === 0) return;
    const inTerm = this.#terms.get(sent.regionId)?.get(term);
    if (inTerm?.isCommitted || [...(inTerm?.peers ?? [])].some((peer) => peer !== from)) return;
    const what = `peer ${from} of region ${sent.regionId} had a read confirmed in term ${term}, in which it has committed nothing`;
    this.#scene.violated("own-term-reads", `${mail.host}: ${what}`);
  }
}

/** By the membership that it has applied. */
function isOnlyVoter({ region, peerId }: Incarnation): boolean {
  const voters = region?.peers.filter(({ role }) => role === "voter") ?? [];
  return voters.length === 1 && voters[0]?.id === peerId;
}
