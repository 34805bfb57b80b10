// What a life sets going and what it does when that comes back. The result waits here, in the life
// that asked; only a number travels as mail, so that nothing of it can reach a later life.
import type {
  ActorContext,
  Address,
  AskOptions,
  AskOutcome,
  JobDefinition,
  JobOutcome,
  MessageShape,
  ReplyTo,
} from "@multiraft/runtime";
import { assert } from "@multiraft/runtime";

type Continue = { readonly kind: "continue"; readonly id: number };

export class AsyncWork<Mail extends MessageShape> {
  readonly #context: ActorContext<Mail>;
  readonly #toMail: (id: number) => Mail;
  readonly #waiting = new Map<number, () => void>();
  #nextId = 1;

  constructor(context: ActorContext<Mail>, toMail: (mail: Continue) => Mail) {
    this.#context = context;
    this.#toMail = (id) => toMail({ kind: "continue", id });
  }

  run(id: number): void {
    const continuation = this.#waiting.get(id);
    assert(continuation !== undefined, "work came back twice");
    this.#waiting.delete(id);
    continuation();
  }

  /** @param release Called with a result that no life takes any more. */
  perform<Result>(
    name: string,
    start: () => Result | Promise<Result>,
    then: (outcome: JobOutcome<Result>) => void,
    release?: (result: Result) => void,
  ): void {
    const arrive = this.#expect(then);
    this.#context.perform(name, start, arrive, release);
  }

  job<Args, Result>(
    definition: JobDefinition<Args, Result>,
    args: Args,
    then: (outcome: JobOutcome<Result>) => void,
  ): void {
    this.#context.job(definition, args, this.#expect(then));
  }

  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
    then: (outcome: AskOutcome<ReplyTo<To, Kind>>) => void,
  ): void {
    this.#context.request(to, message, options, this.#expect(then));
  }

  after(key: string, delayMs: number, then: () => void): void {
    const id = this.#register(then);
    this.#context.setTimer(`${key}/${id}`, delayMs, this.#toMail(id));
  }

  #expect<Outcome>(then: (outcome: Outcome) => void): (outcome: Outcome) => Mail {
    let arrived: Outcome | undefined;
    const id = this.#register(() => then(arrived as Outcome));
    return (outcome) => {
      arrived = outcome;
      return this.#toMail(id);
    };
  }

  #register(continuation: () => void): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#waiting.set(id, continuation);
    return id;
  }
}
