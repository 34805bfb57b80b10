// Thread ring: actors in a ring hand one token on.
import { type Address, type Asks, assert, defineActor } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type NodeMail =
  | ({
      readonly kind: "link";
      readonly next: Address<NodeMail>;
      readonly first: Address<NodeMail>;
    } & Asks<null>)
  | ({ readonly kind: "play"; readonly hops: number } & Asks<null>)
  /** Hops that are left. */
  | Note<"token">
  | Note<"done">
  /** Answered with how often the token came here since the last report. */
  | ({ readonly kind: "report" } & Asks<number>);

const TOKEN = noteOf("thread-ring", "token");

export const nodeActor = defineActor<NodeMail, null>({
  url: import.meta.url,
  name: "nodeActor",
  layouts: [TOKEN.layout],
  create: (context) => {
    let next: Address<NodeMail> | undefined;
    let first: Address<NodeMail> | undefined;
    let visits = 0;
    let done = () => {};
    const pass = (value: number) => {
      assert(next !== undefined && first !== undefined, "the ring is linked first");
      if (value > 0) context.tell(next, { kind: "token", value }, TOKEN);
      else context.tell(first, { kind: "done", value: 0 });
    };
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "token":
            visits += 1;
            return pass(mail.value - 1);
          case "done":
            return done();
          case "link":
            ({ next, first } = mail);
            return reply && context.reply(reply, null);
          case "play":
            done = () => reply && context.reply(reply, null);
            return pass(mail.hops);
          case "report":
            if (reply) context.reply(reply, visits);
            visits = 0;
        }
      },
    };
  },
});

export const threadRing: Program<{ readonly actors: number; readonly hops: number }> = {
  open: async ({ system, threadOf }, { actors, hops }) => {
    const nodes: Address<NodeMail>[] = [];
    for (let i = 0; i < actors; i += 1)
      nodes.push(await system.spawn(nodeActor, null, { thread: threadOf(i, actors) }));
    const [first] = nodes;
    assert(first !== undefined, "a ring of nobody");
    const options = { timeoutMs: PLAY_MS_MAX };
    for (const [i, node] of nodes.entries())
      await system.ask(
        node,
        { kind: "link", next: nodes[(i + 1) % actors] ?? first, first },
        options,
      );
    return async () => {
      await system.ask(first, { kind: "play", hops }, options);
      const visits = await Promise.all(
        nodes.map((node) => system.ask(node, { kind: "report" }, options)),
      );
      checkCount(
        "hops",
        hops,
        visits.reduce((sum, count) => sum + count, 0),
      );
      for (const [i, count] of visits.entries()) {
        // The token leaves the first node, and comes to the second one first.
        const place = (i + actors - 1) % actors;
        checkCount(`visits at ${i}`, Math.ceil((hops - place) / actors), count);
      }
      return hops;
    };
  },
};
