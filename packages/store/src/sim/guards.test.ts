import { expect, test } from "vitest";
import { GUARDS, runGuard } from "./guards.ts";

test.each(GUARDS.map((guard) => [guard.remedy, guard] as const))(
  "%s: taken out, its oracle speaks; in place, none does",
  (_, guard) => {
    const { violation, falseAlarm, isCaught } = runGuard(guard);
    expect(falseAlarm).toBeUndefined();
    expect(violation).toBeDefined();
    expect(isCaught).toBe(true);
  },
);
