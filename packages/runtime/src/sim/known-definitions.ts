// Definitions by their modules and names: real threads load the module, here it has been loaded by whoever
// spawned the actor.
import { InvariantError } from "../assert.ts";
import type { AnyDefinition } from "../kernel/kernel-options.ts";
import type { KernelRecord } from "../kernel/record.ts";

export class KnownDefinitions {
  readonly #known = new Map<string, AnyDefinition>();

  note(record: KernelRecord): void {
    if (record.kind !== "spawn" || record.definition === undefined) return;
    this.#known.set(`${record.url} ${record.name}`, record.definition);
  }

  find(url: string, name: string): AnyDefinition {
    const definition = this.#known.get(`${url} ${name}`);
    if (definition === undefined) throw new InvariantError(`nobody spawned ${name} of ${url}`);
    return definition;
  }
}
