// The actor of a replica. The life table says what happens to each class of mail in each state; here it
// is carried out: mail is handled, parked, answered or dropped, and never anything else.
import {
  type ActorBehavior,
  type ActorContext,
  defineActor,
  type Envelope,
  unreachable,
} from "@multiraft/runtime";
import { RAFT_PEER_LAYOUT } from "../transport/raft-mail-layout.ts";
import type { ClientReply } from "./client-request.ts";
import { contentOf } from "./content-digest.ts";
import { classOf, LIFE_TABLE } from "./life-table.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";
import { Replica } from "./replica.ts";

/** Mail that waits for a restart to finish: what the registry and the children have to say. */
const PARKED_MAX = 64;

class PeerActor implements ActorBehavior<PeerMail> {
  readonly #context: ActorContext<PeerMail>;
  readonly #tickMs: number;
  readonly #replica: Replica;
  readonly #parked: PeerMail[] = [];

  constructor(context: ActorContext<PeerMail>, args: PeerArgs) {
    this.#context = context;
    this.#tickMs = args.config.tuning.tickMs;
    this.#setTick();
    this.#replica = new Replica(context, args, {
      opened: () => this.#unpark(),
      ticksGoOn: () => this.#setTick(),
    });
  }

  #setTick(): void {
    this.#context.setTimer("tick", this.#tickMs, { kind: "tick" });
  }

  #unpark(): void {
    for (const mail of this.#parked.splice(0)) this.#context.tell(this.#context.self, mail);
  }

  receive(mail: PeerMail, envelope: Envelope): void {
    const replica = this.#replica;
    const disposition = LIFE_TABLE[replica.state][classOf(mail)];
    switch (disposition) {
      case "handle":
        replica.touch(mail);
        return this.#handle(mail, envelope);
      case "park":
        if (this.#parked.length < PARKED_MAX) this.#parked.push(mail);
        else replica.count(`${replica.state}: parked too much`);
        return;
      case "answer":
        return this.#answerNo(mail, envelope);
      case "drop":
        return replica.count(`${replica.state}: ${mail.kind}`);
      case "impossible":
        throw new RangeError(`${mail.kind} cannot reach a replica that is ${replica.state}`);
      default:
        unreachable(disposition);
    }
  }

  turnEnd(): void {
    this.#replica.turnEnd();
  }

  stopped(): void {
    this.#replica.close();
  }

  #handle(mail: PeerMail, envelope: Envelope): void {
    const replica = this.#replica;
    const { receiver, sender, data } = replica;
    switch (mail.kind) {
      case "raft":
        return replica.step(mail);
      case "snapshot-offer":
        return receiver.onOffer(mail);
      case "snapshot-chunk":
        return receiver.onChunk(mail.from, mail.transfer, mail, envelope.takePayload());
      case "copy-chunk":
        return receiver.onChunk(undefined, mail.transfer, mail, envelope.takePayload());
      case "snapshot-end":
        return receiver.onEnd(mail);
      case "snapshot-waits":
        return receiver.onWaits(mail.from, mail.transfer);
      case "snapshot-abort":
        return receiver.onAbort(mail.from, mail.transfer);
      case "snapshot-verdict":
        return sender.onVerdict(mail.from, mail.transfer, mail.refusal);
      case "snapshot-ack":
        return sender.onAck(mail.from, mail.transfer, mail.sequence);
      case "snapshot-result":
        return sender.onResult(mail.from, mail.transfer, mail.refusal);
      case "get":
      case "scan":
      case "write":
      case "compare-and-swap":
      case "split-at":
        if (envelope.reply) replica.service.onRequest(mail, envelope.reply);
        return;
      case "pd-order":
        return data?.leadership.onOrder(mail);
      case "tombstone-confirm":
        return data?.leadership.onConfirmed(mail.from);
      case "initialise":
        replica.campaignWhenLive(mail.campaigns);
        return receiver.initialise(mail.region, mail.source);
      case "superseded":
        return replica.remove(`superseded by peer ${mail.by}`, mail.epoch);
      case "tombstone-order":
        return replica.removalCheck.onOrder(mail);
      case "split-recorded":
        return data?.upkeep.splitRecorded(mail.index);
      case "owed-children":
        return replica.setOwed(mail.regionIds);
      case "copy-request":
        return this.#onCopyRequest(mail);
      case "copy-ack":
        return data?.copies.onAck(mail.childRegionId, mail.transfer, mail.sequence);
      case "copy-end":
        return receiver.onCopyEnd(mail);
      case "copy-refused":
        return receiver.onCopyRefused(mail.transfer);
      case "log-durable":
        return replica.log.onNotice(mail.number);
      case "log-failed":
        throw new Error(`the log failed: ${mail.message}`);
      case "peer-status":
        if (envelope.reply) this.#context.reply(envelope.reply, replica.status());
        return;
      case "peer-content":
        if (envelope.reply)
          this.#context.reply(envelope.reply, data ? contentOf(data.tablet) : null);
        return;
      case "hibernate":
        return replica.hibernation.onHibernate(mail);
      case "hibernate-agreed":
        return replica.hibernation.onAgreed(mail);
      case "wake-up":
        return replica.hibernation.onWakeUp();
      case "watched":
        return replica.hibernation.onWatched(mail.sleep);
      case "rouse":
        return replica.hibernation.onRoused(mail.reason);
      case "tick":
        if (replica.hibernation.needsTicks) this.#setTick();
        return replica.tick();
      case "continue":
        return replica.work.run(mail.id);
      default:
        unreachable(mail);
    }
  }

  #answerNo(mail: PeerMail, envelope: Envelope): void {
    this.#replica.count(`${this.#replica.state}: ${mail.kind}`);
    const { reply } = envelope;
    if (mail.kind === "snapshot-offer") {
      const { transfer } = mail;
      this.#replica.mail.send({
        ...this.#replica.mail.headTo({ id: mail.from, storeId: mail.fromStore }),
        kind: "snapshot-verdict",
        transfer,
        refusal: "not-ready",
      });
    } else if (mail.kind === "copy-request") {
      const { child, transfer } = mail;
      this.#context.tell(child, { kind: "copy-refused", transfer, reason: this.#replica.state });
    } else if (reply !== undefined) this.#context.reply(reply, this.#noClients());
  }

  /**
   * A parent that was opened again may not have applied the split yet: what it holds then is older than
   * the child's first state. The child is told no, and the registry lets it ask again.
   */
  #onCopyRequest({ child, region, transfer }: PeerMail & { kind: "copy-request" }): void {
    const data = this.#replica.data;
    const version = data?.tablet.meta.region.epoch.version ?? 0;
    if (data !== undefined && version >= region.epoch.version)
      return data.copies.start(child, region, transfer);
    this.#context.tell(child, { kind: "copy-refused", transfer, reason: "split not applied" });
  }

  #noClients(): ClientReply {
    const { state, service } = this.#replica;
    if (state === "removing") return { kind: "region-not-found" };
    return state === "opening" ? { kind: "busy", reason: "opening" } : service.notLeader();
  }
}

export const peerActor = defineActor<PeerMail, PeerArgs>({
  url: import.meta.url,
  name: "peerActor",
  layouts: [RAFT_PEER_LAYOUT],
  create: (context, args) => new PeerActor(context, args),
});
