// Every order that the table allows, one after the other, in the order of the table's rows; crashes may
// come at any gap, several at one. Made step by step, so that nobody has to hold them all.
import { CRASHES, type Happening, type Order, predecessors, type Table } from "./table.ts";

/** @param crashesMax Orders with fewer crashes are among them. */
export function* ordersOf(table: Table, crashesMax: number): Generator<Order> {
  const waitsFor = predecessors(table);
  const all = (1 << table.events.length) - 1;
  const order: Happening[] = [];

  function* extend(done: number, crashesLeft: number): Generator<Order> {
    if (done === all) yield [...order];
    for (const [n, event] of table.events.entries()) {
      const isOpen = (done & (1 << n)) === 0 && ((waitsFor[n] ?? 0) & ~done) === 0;
      if (isOpen) yield* further(event, done | (1 << n), crashesLeft);
    }
    if (crashesLeft === 0) return;
    for (const crash of CRASHES) yield* further(crash, done, crashesLeft - 1);
  }

  function* further(next: Happening, done: number, crashesLeft: number): Generator<Order> {
    order.push(next);
    yield* extend(done, crashesLeft);
    order.pop();
  }

  yield* extend(0, crashesMax);
}
