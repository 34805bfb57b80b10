// The clients of a cluster: what each is given of it, and which are still open.
import type { PdMail, StoreId } from "@multiraft/pd/protocol";
import type { ActorSystem, Address, Environment } from "@multiraft/runtime";
import { Client } from "../client/client.ts";
import type { ClientDoor } from "../client/client-door.ts";
import { pause } from "../platform/pause.ts";
import type { GateMail } from "../transport/gate-mail.ts";

export type ClientsHost = {
  readonly system: Pick<ActorSystem, "outsider">;
  readonly environment: Environment;
  readonly pd: () => Address<PdMail> | undefined;
  readonly gatesOf: (id: StoreId) => readonly Address<GateMail>[] | undefined;
};

export class ClusterClients {
  readonly #host: ClientsHost;
  /** However much clients ask, stores are watched and stopped. */
  readonly #hands: ClientDoor["asker"];
  readonly #open = new Set<Client>();
  #made = 0;

  constructor(host: ClientsHost) {
    this.#host = host;
    this.#hands = host.system.outsider();
  }

  /** Those that are not closed. */
  get count(): number {
    return this.#open.size;
  }

  make(): Client {
    const { environment, pd, gatesOf } = this.#host;
    const { clock, random } = environment;
    this.#made += 1;
    const door = {
      asker: this.#hands,
      pd,
      gatesOf,
      clock,
      random: random.fork(`client ${this.#made}`),
      delay: pause,
    };
    const client: Client = new Client(door, () => this.#open.delete(client));
    this.#open.add(client);
    return client;
  }

  close(): void {
    for (const client of this.#open) client.close();
  }
}
