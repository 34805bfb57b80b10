// The cases of a run: those that were asked for, and the rivals that they are held against.
import type { Case } from "./case.ts";

/** @param filters Parts of names, in any case of letters; none asks for all. */
export function selectCases(cases: readonly Case[], filters: readonly string[]): readonly Case[] {
  if (filters.length === 0) return cases;
  const wanted = filters.map((filter) => filter.toLowerCase());
  const isAsked = ({ name }: Case) => wanted.some((part) => name.toLowerCase().includes(part));
  const asked = cases.filter(isAsked);
  const rivals = new Set(asked.flatMap((one) => Object.values(one.rivals)));
  return cases.filter((one) => rivals.has(one.name) || isAsked(one));
}
