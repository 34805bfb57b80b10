// What `ActorContext` throws at an actor that uses it wrongly.

export class ActorError extends Error {
  override readonly name = "ActorError";
  readonly code:
    | "ERR_MULTIRAFT_OWN_MAIL_FULL"
    | "ERR_MULTIRAFT_DURATION"
    | "ERR_MULTIRAFT_MAILBOX_BOUND";
  constructor(code: ActorError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
