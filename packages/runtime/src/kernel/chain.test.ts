import { expect, test } from "vitest";
import { Chain, Link } from "./chain.ts";

class Named extends Link {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
}

const names = (chain: Chain<Named>): string[] => Array.from(chain, (link) => link.name);

test("members keep their order, whoever leaves", () => {
  const chain = new Chain<Named>();
  const [a, b, c] = [new Named("a"), new Named("b"), new Named("c")];
  for (const link of [a, b, c]) chain.append(link);
  chain.remove(b);
  expect(names(chain)).toEqual(["a", "c"]);
  chain.append(b);
  chain.remove(a);
  expect([names(chain), chain.first?.name, chain.last?.name, chain.size]).toEqual([
    ["c", "b"],
    "c",
    "b",
    2,
  ]);
  chain.remove(b);
  chain.remove(c);
  expect([chain.first, chain.last, chain.size]).toEqual([undefined, undefined, 0]);
});

test("the member that was just given may leave during a walk", () => {
  const chain = new Chain<Named>();
  for (const name of ["a", "b", "c"]) chain.append(new Named(name));
  for (const link of chain) chain.remove(link);
  expect(chain.size).toBe(0);
});

test("being in two chains, or leaving one that it is not in, is an assertion", () => {
  const [one, two] = [new Chain<Named>(), new Chain<Named>()];
  const link = new Named("a");
  one.append(link);
  expect(one.has(link)).toBe(true);
  expect(two.has(link)).toBe(false);
  expect(() => two.append(link)).toThrow("another");
  expect(() => two.remove(link)).toThrow("not in");
});
