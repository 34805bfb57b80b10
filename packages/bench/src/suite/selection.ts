// The cases of a run: those that were asked for, and the rivals that they are held against.
import type { Case } from "./case.ts";

/** @param filters Parts of names, in any case of letters; none asks for all. */
export function selectCases(cases: readonly Case[], filters: readonly string[]): readonly Case[] {
  if (filters.length === 0) return cases;
  const isAsked = (one: Case) => filters.some((filter) => isNamedBy(one, filter));
  const asked = cases.filter(isAsked);
  const rivals = new Set(asked.flatMap((one) => Object.values(one.rivals)));
  return cases.filter((one) => rivals.has(one.name) || isAsked(one));
}

/** Filters that no case has in its name: a word that was mistyped would leave something out in silence. */
export function idleFilters(cases: readonly Case[], filters: readonly string[]): readonly string[] {
  return filters.filter((filter) => !cases.some((one) => isNamedBy(one, filter)));
}

function isNamedBy({ name }: Case, filter: string): boolean {
  return name.toLowerCase().includes(filter.toLowerCase());
}
