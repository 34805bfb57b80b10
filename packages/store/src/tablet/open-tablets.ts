// Which tablets of an engine are open: each one at most once, and none of them is removed.
import { assert } from "@multiraft/runtime";
import type { TabletName } from "./tablet.ts";
import { formatTabletName } from "./tablet-name.ts";

export class OpenTablets {
  readonly #names = new Set<string>();
  #isEngineClosed = false;

  get count(): number {
    return this.#names.size;
  }

  claim(name: TabletName): void {
    assert(!this.#isEngineClosed, "a tablet was opened on a closed engine");
    const text = formatTabletName(name);
    assert(!this.#names.has(text), () => `tablet ${text} is open already`);
    this.#names.add(text);
  }

  release(name: TabletName): void {
    this.#names.delete(formatTabletName(name));
  }

  assertClosed(name: TabletName): void {
    const text = formatTabletName(name);
    assert(!this.#names.has(text), () => `tablet ${text} is open`);
  }

  closeEngine(): void {
    this.#isEngineClosed = true;
  }
}
