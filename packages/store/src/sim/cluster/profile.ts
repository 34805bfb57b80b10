// Kinds of weather. A profile says which faults a seed may meet; its plan draws the rest.

export const FEATURES = ["network", "crash", "disk", "clock", "pauses", "placement"] as const;
export type Feature = (typeof FEATURES)[number];
type Setting = boolean | "sometimes";

export type Profile = {
  readonly name: string;
  readonly summary: string;
  readonly features: Readonly<Record<Feature, Setting>>;
  readonly storesMax: number;
  /** Capacities so small that full and empty are everyday states. */
  readonly isTiny: Setting;
};

const NONE = {
  network: false,
  crash: false,
  disk: false,
  clock: false,
  pauses: false,
  placement: false,
} as const;

const ALL = {
  network: true,
  crash: true,
  disk: true,
  clock: true,
  pauses: true,
  placement: true,
} as const;

const SOMETIMES = {
  network: "sometimes",
  crash: "sometimes",
  disk: "sometimes",
  clock: "sometimes",
  pauses: "sometimes",
  placement: "sometimes",
} as const;

function profile(
  name: string,
  summary: string,
  features: Profile["features"],
  more: Partial<Profile> = {},
): Profile {
  return { name, summary, features, storesMax: 4, isTiny: false, ...more };
}

export const PROFILES: readonly Profile[] = [
  profile("calm", "no faults, every order", NONE),
  profile("network", "late, lost and doubled mail, partitions", { ...NONE, network: true }),
  profile("crash", "stores lose their power at any step", { ...NONE, crash: true }),
  profile("disk", "torn writes, failed syncs, full disks", { ...NONE, disk: true, crash: true }),
  profile("clock", "clocks that jump, run fast or slow, and pauses", {
    ...NONE,
    clock: true,
    pauses: true,
  }),
  profile("placement", "splits, moves, removals and transfers without rest", {
    ...NONE,
    placement: true,
    pauses: true,
  }),
  profile("storm", "all of it", ALL, { storesMax: 5 }),
  profile("swarm", "features and tiny capacities switched for each seed", SOMETIMES, {
    storesMax: 5,
    isTiny: "sometimes",
  }),
];

export function profileByName(name: string): Profile | undefined {
  return PROFILES.find((one) => one.name === name);
}
