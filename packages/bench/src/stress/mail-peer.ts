// The actors of all-to-all mail. Everything that one life tells another carries a number of that pair, and
// a receiver takes each number once and in order: a message that is lost between two living lives, comes
// twice, overtakes another or reaches the wrong life is seen at the next one, or when both are compared.
import { type Address, type Asks, defineActor, Sfc32 } from "@multiraft/runtime";
import type { JudgeAddress } from "./judge.ts";

/** A life's number is given once in a run. */
export type PeerPlace = { readonly life: number; readonly address: Address<PeerMail> };

export type PeerMail =
  | {
      readonly kind: "ping" | "pong";
      readonly from: number;
      readonly to: number;
      /** Of the pair, from 1 on. */
      readonly number: number;
      /** Follows from the number; mostly empty. */
      readonly body: string;
    }
  /** Who lives now. Starts it, or lets it expect nothing of whoever has died. */
  | {
      readonly kind: "peers";
      readonly peers: readonly PeerPlace[];
      /** Nothing is under way: what the dead have sent has come, and they can be forgotten. */
      readonly isAtRest: boolean;
    }
  /** No pings from here on. */
  | { readonly kind: "pause" }
  | ({ readonly kind: "table" } & Asks<PeerTable>);

export type PairCount = {
  readonly other: number;
  readonly sent: number;
  readonly received: number;
};
export type PeerTable = { readonly life: number; readonly pairs: readonly PairCount[] };

export type PeerArgs = {
  readonly life: number;
  readonly seed: number;
  readonly judge: JudgeAddress;
};

/** Pings of a life that wait for their pongs: with 64 peers all of it fits one mailbox (4,096) twice. */
export const PINGS_MAX = 16;
/** One in so many brings a body, up to a size that does not fit a lane's record and travels in a slab. */
const BODY_EVERY = 97;
const BODY_CHARACTERS_MAX = 40_000;

type Pair = {
  address: Address<PeerMail> | undefined;
  sent: number;
  received: number;
  outstanding: number;
};

export function bodyOf(from: number, number: number): string {
  if ((from + number) % BODY_EVERY !== 0) return "";
  const characters = 1 + ((from * 7_919 + number * 104_729) % BODY_CHARACTERS_MAX);
  return `${from}.${number};`.repeat(Math.ceil(characters / 8));
}

export const mailPeer = defineActor<PeerMail, PeerArgs>({
  url: import.meta.url,
  name: "mailPeer",
  create: (context, { life, seed, judge }) => {
    const random = new Sfc32(seed, `life ${life}`);
    const pairs = new Map<number, Pair>();
    let living: readonly number[] = [];
    let outstanding = 0;
    let isPinging = false;

    const pairWith = (other: number): Pair => {
      const known = pairs.get(other);
      if (known !== undefined) return known;
      const made: Pair = { address: undefined, sent: 0, received: 0, outstanding: 0 };
      pairs.set(other, made);
      return made;
    };
    const violate = (what: string) => context.tell(judge, { kind: "violation", what });
    const send = (kind: "ping" | "pong", other: number, address: Address<PeerMail>) => {
      const pair = pairWith(other);
      pair.sent += 1;
      const { sent: number } = pair;
      const body = bodyOf(life, number);
      context.tell(address, { kind, from: life, to: other, number, body });
    };
    const ping = () => {
      while (isPinging && outstanding < PINGS_MAX && living.length > 0) {
        const other = living[random.below(living.length)] ?? 0;
        const pair = pairWith(other);
        if (pair.address === undefined) return;
        pair.outstanding += 1;
        outstanding += 1;
        send("ping", other, pair.address);
      }
    };
    const meet = (peers: readonly PeerPlace[], isAtRest: boolean) => {
      living = peers.filter((peer) => peer.life !== life).map((peer) => peer.life);
      for (const peer of peers) if (peer.life !== life) pairWith(peer.life).address = peer.address;
      const isLiving = new Set(living);
      for (const [other, pair] of pairs) {
        if (isLiving.has(other)) continue;
        // Pongs of the dead need not come.
        outstanding -= pair.outstanding;
        pair.outstanding = 0;
        if (isAtRest) pairs.delete(other);
      }
      isPinging = true;
    };
    const isSound = ({ from, to, number, body }: PeerMail & { kind: "ping" | "pong" }) => {
      if (to !== life) {
        violate(`life ${life} got mail for life ${to}, from ${from}, number ${number}`);
        return false;
      }
      const pair = pairWith(from);
      if (number !== pair.received + 1)
        violate(`life ${life} got number ${number} from ${from} after ${pair.received}`);
      if (body !== bodyOf(from, number))
        violate(`number ${number} from ${from} to ${life} came with another body`);
      pair.received = number;
      return true;
    };

    return {
      receive(mail, { from: sender, reply }) {
        switch (mail.kind) {
          case "ping":
            if (isSound(mail) && sender !== undefined)
              send("pong", mail.from, sender as Address<PeerMail>);
            return;
          case "pong": {
            if (!isSound(mail)) return;
            const pair = pairWith(mail.from);
            if (pair.outstanding === 0) return;
            pair.outstanding -= 1;
            outstanding -= 1;
            ping();
            return;
          }
          case "peers":
            meet(mail.peers, mail.isAtRest);
            ping();
            return;
          case "pause":
            isPinging = false;
            return;
          case "table":
            if (reply !== undefined)
              context.reply(reply, {
                life,
                pairs: [...pairs].map(([other, { sent, received }]) => ({ other, sent, received })),
              });
        }
      },
    };
  },
});
