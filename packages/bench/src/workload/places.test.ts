import { expect, test } from "vitest";
import { ENTRIES_PER_PLACE, entriesOf, loadPlaces, PLACES_MAX } from "./places.ts";

test("the package holds the places that the main job speaks of", () => {
  expect(loadPlaces(Number.POSITIVE_INFINITY)).toHaveLength(PLACES_MAX);
});

test("each place makes three entries with keys of their own and the record as value", () => {
  const places = loadPlaces(2_000);
  const entries = places.flatMap((place, id) => entriesOf(place, id));
  expect(entries).toHaveLength(2_000 * ENTRIES_PER_PLACE);
  expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
  const vila = entries.find(({ key }) => key === "place/0000000");
  expect(JSON.parse(Buffer.from(vila?.value ?? []).toString())).toMatchObject({
    name: "Vila",
    country: "AD",
  });
  expect(entries[2]?.key).toMatch(/^cell\/[0-9b-hjkmnp-z]{7}\/0000000$/);
});
