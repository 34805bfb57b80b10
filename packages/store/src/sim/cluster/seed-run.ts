// One seed from its first step to its last: a cluster under clients, chaos for as many choices as were
// asked for, then healing, and the proof that all of it comes to rest. Everything in it follows from the
// schedule.
import type { PdStatus, StoreId } from "@multiraft/pd/protocol";
import { assert, DiskError, InvariantError, Sfc32 } from "@multiraft/runtime";
import {
  type Candidate,
  type HandledMail,
  type KeptAtCrash,
  sealGlobals,
} from "@multiraft/runtime/testing";
import type { StoreStatusReply } from "../../registry/registry-mail.ts";
import { Choices } from "../explore/choices.ts";
import { drawExplorer } from "../explore/explorer.ts";
import { StepNames } from "../explore/step-names.ts";
import { WaitingLine } from "../explore/waiting-line.ts";
import type { FaultSite, Moment } from "../faults/fault-site.ts";
import { type BegunFault, FaultInjector } from "../faults/injector.ts";
import { GOOD_LINKS, Links } from "../faults/links.ts";
import { Orders } from "../faults/orders.ts";
import { Pauses } from "../faults/pauses.ts";
import { MADE_TO_FAIL } from "../faults/replica-faults.ts";
import { Rot } from "../faults/rot.ts";
import { History } from "../history/history.ts";
import type { Operation } from "../history/operation.ts";
import { Marks } from "../marks/marks.ts";
import { NeverMarks } from "../marks/never.ts";
import { WholeTables } from "../oracle/whole-tables.ts";
import { drawTimeline } from "../timeline/draw.ts";
import { TimelineRecorder } from "../timeline/recorder.ts";
import { Rest } from "./coming-to-rest.ts";
import { JudgedHistory } from "./judged-history.ts";
import { leftAtTheEnd } from "./left-over.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { profileByName } from "./profile.ts";
import type { Schedule, Script } from "./schedule.ts";
import { SimClients } from "./sim-client.ts";
import { SimCluster, type StoreSeat } from "./sim-cluster.ts";
import { textOf, Violated } from "./violated.ts";

export type SeedViolation = {
  readonly seed: number;
  readonly profile: string;
  readonly step: number;
  readonly oracle: string;
  readonly what: string;
};

export type SeedReport = {
  readonly seed: number;
  /** Choices, until all was at rest; what looks at the cluster took beside them does not count. */
  readonly steps: number;
  readonly simulatedMs: number;
  readonly hash: string;
  readonly explorer: string;
  readonly plan: Plan;
  readonly faults: readonly BegunFault[];
  readonly history: readonly Operation[];
  /** Keys with a history, and those of them whose history was too entangled to be judged. */
  readonly keys: number;
  readonly undecidedKeys: number;
  /** Places that were reached, by name. */
  readonly marks: ReadonlySet<string>;
  /** Of those that no run may reach. */
  readonly forbidden: ReadonlySet<string>;
  /** What was chosen in it, where that was asked for. */
  readonly script: Script | undefined;
  readonly violation: SeedViolation | undefined;
};

export type SeedRunOptions = {
  /** It is to be drawn afterwards. */
  readonly isDrawn?: boolean;
  /** What is chosen is written down. */
  readonly isWritten?: boolean;
  /** Nobody waits for what comes after the chaos. */
  readonly isUnhealed?: boolean;
  /** After the faults all has to be at rest within so many ticks. */
  readonly restTicksMax?: number;
};

/** Steps between two looks at everything. */
const FULL_CHECK_STEPS = 1_000;
/** After the faults all is at rest within so many ticks: ten elections, and all that times out. */
export const REST_TICKS_MAX = 1_200;
const REST_STEPS_MAX = 1_000_000;
const STATUS = { kind: "status" } as const;
/** How an error ends that says that nobody answers any more. */
const THREAD_DIED = "the thread of the actor has died";

type Awaited = {
  readonly kind: string;
  readonly afterMs: number;
  readonly action: (at: Moment) => void;
  readonly fits: (at: Moment) => boolean;
};
type Later = { readonly dueMs: number; readonly action: () => void };

export class SeedRun {
  readonly cluster: SimCluster;
  readonly #schedule: Schedule;
  readonly #plan: Plan;
  readonly #explorerName: string;
  readonly #line: WaitingLine | undefined;
  readonly #choices: Choices;
  readonly #isUnhealed: boolean;
  readonly #restTicksMax: number;
  readonly #links: Links;
  readonly #pauses = new Pauses();
  readonly #orders = new Orders();
  readonly #marks = new Marks();
  readonly #never = new NeverMarks({
    // What a dead thread has taken along fails as on a bad disk.
    isDiskGood: (host) =>
      !this.cluster.seats.some(
        (seat) => seat.host === host && (isOnBadDisk(seat) || seat.hasLostThread),
      ),
    isMadeToFail: (host, life) =>
      this.cluster.seats.some((seat) => seat.host === host && seat.madeToFail.has(life)),
  });
  readonly #injector: FaultInjector;
  readonly #history = new History();
  readonly #judged = new JudgedHistory(this.#history);
  readonly #clients: SimClients;
  readonly #tables: WholeTables;
  readonly #rot: Rot;
  readonly #site: FaultSite;
  readonly #recorder: TimelineRecorder | undefined;
  #later: Later[] = [];
  #awaited: Awaited[] = [];
  #step = 0;
  #fullCheckStep = FULL_CHECK_STEPS;
  #thrownSeen = 0;
  #ending = "all promises were kept";

  constructor(schedule: Schedule, options: SeedRunOptions = {}) {
    const { isDrawn = false, isWritten = false, isUnhealed = false } = options;
    this.#restTicksMax = options.restTicksMax ?? REST_TICKS_MAX;
    const profile = profileByName(schedule.profile);
    assert(profile !== undefined, () => `no profile ${schedule.profile}`);
    this.#schedule = schedule;
    const random = new Sfc32(schedule.seed);
    this.#plan = schedule.plan ?? drawPlan(profile, random.fork("plan"));
    this.cluster = new SimCluster(schedule.seed, this.#plan);
    const { script } = schedule;
    const explorer = script ? undefined : drawExplorer(random.fork("exploration"));
    this.#explorerName = explorer?.name ?? "script";
    this.#line = script || isWritten ? this.#newLine(script) : undefined;
    this.#choices = new Choices(this.#pauses, this.#line, explorer);
    this.#isUnhealed = isUnhealed;
    this.#tables = new WholeTables(this.cluster);
    this.#rot = new Rot(this.cluster);
    const { system } = this.cluster;
    const nowMs = () => system.clock.nowMs();
    this.#links = new Links(random.fork("links"), nowMs);
    this.#links.quality = this.#plan.links;
    system.setCourier(this.#links.courier);
    this.#recorder = isDrawn ? new TimelineRecorder(nowMs) : undefined;
    if (this.#recorder !== undefined) system.lookOn(this.#recorder);
    system.lookOn(this.#orders);
    system.lookOn(this.#marks);
    system.lookOn(this.#never);
    system.lookOn({ handling: (mail) => this.#endWaits(mail) });
    const keys = Array.from({ length: this.#plan.keys }, (_, n) => String.fromCharCode(97 + n * 3));
    const { faults, faultEverySteps, clients } = this.#plan;
    const stream = random.fork("faults");
    this.#injector = new FaultInjector(faults, faultEverySteps, stream, script?.faults);
    this.#clients = new SimClients(
      this.cluster,
      this.#history,
      keys,
      clients,
      random.fork("clients"),
      script?.clients,
    );
    this.#site = {
      cluster: this.cluster,
      links: this.#links,
      pauses: this.#pauses,
      orders: this.#orders,
      keys,
      nowMs,
      stepMs: this.#plan.stepMs,
      later: (delayMs, action) => this.#later.push({ dueMs: nowMs() + delayMs, action }),
      when: (kind, afterMs, action, fits = () => true) =>
        this.#awaited.push({ kind, afterMs, action, fits }),
      crash: (id, kept, downMs) => this.#crash(id, kept, downMs),
      takeDown: (id, kept) => this.#takeDown(id, kept),
      restart: (id) => this.#restart(id),
      restartPd: () => this.#restartPd(),
      rot: this.#rot,
      crashPd: (kept, downMs) => {
        this.cluster.crashPd(kept);
        this.#site.later(downMs, () => this.#restartPd());
      },
    };
  }

  async run(): Promise<SeedReport> {
    const open = sealGlobals();
    const violation = await this.#violation().finally(open);
    const { system } = this.cluster;
    return {
      seed: this.#schedule.seed,
      steps: this.#step,
      simulatedMs: system.clock.nowMs(),
      hash: system.fingerprint,
      explorer: this.#explorerName,
      plan: this.#plan,
      faults: this.#injector.begun,
      history: this.#history.operations,
      keys: this.#judged.keys,
      undecidedKeys: this.#judged.undecidedKeys,
      forbidden: this.#never.reached,
      marks: this.#marks.reached({
        system,
        history: this.#history.operations,
        faults: this.#injector.begun,
        comparisons: this.#tables.comparisons,
      }),
      script: this.#script(),
      violation,
    };
  }

  #newLine(script: Script | undefined): WaitingLine {
    const { shadow } = this.cluster.oracles;
    return new WaitingLine(new StepNames((actor) => shadow.at(actor)?.regionId), script?.delays);
  }

  #script(): Script | undefined {
    if (this.#line === undefined) return undefined;
    const { delays } = this.#line;
    return { delays, faults: this.#injector.tried, clients: this.#clients.scripts };
  }

  /** The end of the run as a page. */
  timeline(): string {
    const { seed, profile } = this.#schedule;
    return drawTimeline({
      title: `seed ${seed}, ${profile}: ${this.#ending}`,
      hosts: this.cluster.seats.map(({ host }) => host),
      bars: this.#recorder?.bars ?? [],
      arrows: this.#recorder?.arrows ?? [],
      faults: this.#injector.begun,
      endMs: this.cluster.system.clock.nowMs(),
    });
  }

  async #violation(): Promise<SeedViolation | undefined> {
    const { seed, profile } = this.#schedule;
    try {
      await this.#chaos();
      if (this.#isUnhealed) this.#checkAll();
      else await this.#heal();
      return undefined;
    } catch (error) {
      // Whatever else is thrown is a mistake as well, of the code or of the simulation: it has a seed too.
      const oracle = error instanceof Violated ? error.oracle : "unexpected-error";
      const what = textOf(error);
      this.#ending = `${oracle}: ${what}`;
      return { seed, profile, step: this.#step, oracle, what };
    }
  }

  async #chaos(): Promise<void> {
    while (this.#step < this.#schedule.steps) {
      this.#checked("assertion", () => this.#injector.beforeStep(this.#step, this.#site));
      if (this.#clients.wake()) await this.#clientsRun();
      this.#oneStep();
    }
  }

  /** All faults end; then everybody has to come to rest. */
  async #heal(): Promise<void> {
    const { system } = this.cluster;
    this.#pauses.endAll();
    this.#clients.beginHealing();
    this.#awaited = [];
    this.#endAllFaults();
    // A disk that has failed is looked after, and its store started again: replicas that could not be
    // opened stay isolated until then.
    for (const seat of this.cluster.seats) {
      if (seat.opened === undefined || !seat.hasDiskFailed) continue;
      this.#crash(seat.id, "everything", 0);
    }
    this.#endAllFaults();
    this.#links.quality = GOOD_LINKS;
    for (const host of ["pd", ...this.cluster.opened().map((store) => store.host)])
      system.clockOf(host).setRate(1);
    const rest = new Rest(this.cluster, this.#clients, this.#site.keys);
    const { tickMs } = this.cluster.tuning;
    const startMs = system.clock.nowMs();
    let nextLookMs = startMs;
    for (let step = 0; ; step += 1) {
      if (this.#clients.wake()) await this.#clientsRun();
      this.#oneStep();
      if (system.clock.nowMs() < nextLookMs) continue;
      nextLookMs += 10 * tickMs;
      const missing = this.#checked("assertion", () => rest.missing());
      if (missing === undefined) break;
      const isLate = system.clock.nowMs() - startMs > this.#restTicksMax * tickMs;
      if (isLate || step > REST_STEPS_MAX) throw new Violated("comes-to-rest", missing);
    }
    this.#checkAll();
    this.#finish();
  }

  /** Within a step: what is to happen then happens after it. */
  #endWaits({ host, life, from, message }: HandledMail): void {
    if (this.#awaited.length === 0) return;
    const at: Moment = { host, life, from, message };
    const due = this.#awaited.filter(({ kind, fits }) => kind === message.kind && fits(at));
    if (due.length === 0) return;
    this.#awaited = this.#awaited.filter((one) => !due.includes(one));
    this.#marks.struck(message.kind);
    for (const { afterMs, action } of due) this.#site.later(afterMs, () => action(at));
  }

  /** Also what their ends bring about: a store that is opened again. */
  #endAllFaults(): void {
    while (this.#later.length > 0)
      for (const { action } of this.#later.splice(0)) this.#checked("assertion", action);
  }

  #finish(): void {
    const { system } = this.cluster;
    this.#judged.end();
    system.setCourier(undefined);
    const open = this.#checked("assertion", () => leftAtTheEnd(system));
    if (open.length > 0) throw new Violated("nothing-left", open.slice(0, 5).join("; "));
  }

  #oneStep(): void {
    const { system } = this.cluster;
    const taken = this.#checked("assertion", () => system.stepAmong(this.#choose));
    if (taken !== undefined) {
      this.#choices.taken(taken);
      this.#step += 1;
    }
    this.#checked("assertion", () => this.#moveTime(taken !== undefined));
    this.#sendCopies();
    this.#endDue();
    this.#stopBroken();
    this.#check();
  }

  #sendCopies(): void {
    const { system } = this.cluster;
    for (const { to, message, bytes } of this.#links.takeCopies()) {
      const payload = bytes && system.allocatePayload(bytes.byteLength);
      if (payload !== undefined && bytes !== undefined) payload.bytes.set(bytes);
      system.tell(to as never, message, payload === undefined ? {} : { payload });
    }
  }

  async #clientsRun(): Promise<void> {
    try {
      await this.#clients.run();
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      throw new Violated("only-simulated-waits", error.message);
    }
  }

  readonly #choose = (candidates: readonly Candidate[]): number | undefined =>
    this.#choices.choose(candidates, this.cluster.system.clock.nowMs());

  /** A step takes time; when there is none, time goes on to whatever comes next. */
  #moveTime(hasStepped: boolean): void {
    const { system } = this.cluster;
    const nowMs = system.clock.nowMs();
    if (hasStepped) return system.moveTime(nowMs + this.#plan.stepMs);
    const laterMs = Math.min(...this.#later.map(({ dueMs }) => dueMs));
    const nextMs = Math.min(
      system.nextEventMs() ?? Number.POSITIVE_INFINITY,
      this.#pauses.nextEndMs,
      this.#clients.nextWakeMs,
      laterMs,
    );
    const toMs = Number.isFinite(nextMs) ? nextMs : nowMs + 1;
    // At least a little: two clocks may disagree on the last bit of a moment.
    system.moveTime(Math.max(toMs, nowMs + 0.001));
  }

  #endDue(): void {
    if (this.#later.length === 0) return;
    const nowMs = this.cluster.system.clock.nowMs();
    const due = this.#later.filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length === 0) return;
    this.#later = this.#later.filter(({ dueMs }) => dueMs > nowMs);
    for (const { action } of due) this.#checked("assertion", action);
  }

  #crash(id: StoreId, kept: KeptAtCrash, downMs: number): void {
    this.#takeDown(id, kept);
    this.#site.later(downMs, () => this.#restart(id));
  }

  #takeDown(id: StoreId, kept: KeptAtCrash): void {
    this.#never.crashed(this.cluster.seat(id).host);
    this.cluster.crashStore(id, kept);
  }

  #restart(id: StoreId): void {
    try {
      this.cluster.restartStore(id);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Violated("store-opens", `store ${id} does not open again: ${what}`);
    }
  }

  /** As the embedded cluster does: all stores are opened again with the new driver. */
  #restartPd(): void {
    try {
      this.cluster.restartPd();
    } catch (error) {
      throw new Violated("driver-opens", `the driver does not open again: ${textOf(error)}`);
    }
    for (const { id } of this.cluster.opened()) this.#crash(id, "everything", 1);
  }

  /** As the embedded cluster does: a store one of whose actors has ended is stopped, and opened again. */
  #stopBroken(): void {
    for (const seat of this.cluster.seats) {
      if (seat.broken === undefined || seat.opened === undefined || seat.hasLostThread) continue;
      this.#never.storeEnded(seat.host);
      if (!seat.hasDiskFailed)
        throw new Violated("store-goes-on", `${seat.host}: ${seat.broken}: ${this.#lastThrown()}`);
      const kept = seat.keepsPageCache ? "page-cache" : { some: new Sfc32(this.#step) };
      this.#crash(seat.id, kept, seat.keepsPageCache ? 1 : 100);
    }
  }

  #lastThrown(): string {
    const error = this.cluster.system.thrown.at(-1)?.error;
    return error instanceof Error ? error.message : String(error);
  }

  /** After every step. */
  #check(): void {
    const { system, oracles } = this.cluster;
    const violation = oracles.violations[0];
    if (violation !== undefined) throw new Violated(violation.oracle, violation.what);
    const failure = system.failures[0];
    if (failure !== undefined) throw new Violated("assertion", textOf(failure));
    this.#checkThrown();
    const wrong = this.#clients.wrong[0];
    if (wrong !== undefined) throw new Violated("client-errors", wrong);
    for (const name of this.#never.reached) throw new Violated("never-marks", name);
    if (this.#step >= this.#fullCheckStep) this.#checkAll();
  }

  /** No handler throws, but where a disk has failed it, a thread that it asked has died, or a fault says so. */
  #checkThrown(): void {
    const { thrown } = this.cluster.system;
    for (; this.#thrownSeen < thrown.length; this.#thrownSeen += 1) {
      const error = thrown[this.#thrownSeen]?.error;
      const { seats } = this.cluster;
      const isDisk = error instanceof DiskError || seats.some(isOnBadDisk);
      const isThread = textOf(error).endsWith(THREAD_DIED) && seats.some((s) => s.hasLostThread);
      const isMade = textOf(error).endsWith(MADE_TO_FAIL);
      if (!isDisk && !isThread && !isMade && !this.#rot.isRefusal(error))
        throw new Violated("no-handler-throws", textOf(error));
    }
  }

  #checkAll(): void {
    const { system, oracles } = this.cluster;
    this.#fullCheckStep = this.#step + FULL_CHECK_STEPS;
    this.#checked("sum-of-mail", () => system.checkMail());
    oracles.settled();
    for (const what of this.#tables.check()) throw new Violated("whole-tables", what);
    this.#rot.check();
    this.#never.lookAtMail(system);
    const driver = this.cluster.isPdUp && this.cluster.look<PdStatus>(this.cluster.pd, STATUS);
    if (driver) this.#marks.lookAtDriver(driver);
    for (const { host, registry } of this.cluster.opened()) {
      const status = this.cluster.look<StoreStatusReply>(registry, { kind: "store-status" });
      this.#never.look(host, status?.damaged.length ?? 0);
    }
    this.#judged.look();
  }

  #checked<Result>(oracle: string, action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (error instanceof Violated) throw error;
      if (error instanceof InvariantError) throw new Violated(oracle, error.message);
      throw error;
    }
  }
}

function isOnBadDisk({ hasDiskFailed, isRotten }: StoreSeat): boolean {
  return hasDiskFailed || isRotten;
}
