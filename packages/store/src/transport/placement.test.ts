import { toRegionId, toStoreId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { counterpartOf, placeOf } from "./placement.ts";

test.each([1, 2, 3, 7])(
  "with %d gates a store, one gate of each other has the regions of a gate",
  (gates) => {
    for (const store of [1, 2, 5, 12])
      for (const other of [1, 3, 4, 30])
        for (let region = 1; region < 20; region += 1) {
          const [storeId, otherId] = [toStoreId(store), toStoreId(other)];
          const place = placeOf(toRegionId(region), storeId, gates);
          const counterpart = counterpartOf(place, storeId, otherId, gates);
          expect(counterpart).toBe(placeOf(toRegionId(region), otherId, gates));
        }
  },
);
