// Where an actor thread begins: it makes its environment and its host from what it was given, opens its
// control plane and says that it is ready; it runs when it is told to go. It installs no handlers for what nobody
// catches: such an error ends the thread, and the coordinator does the rest. Told to end, it ends itself.
import { parentPort, workerData } from "node:worker_threads";
import { expose } from "comlink";
import { sameAddress } from "../actor/address.ts";
import { assert } from "../assert.ts";
import type { KernelObserver } from "../kernel/kernel-options.ts";
import { NodeLoop } from "../platform/loop-host.ts";
import { comlinkEndpoint } from "./comlink-endpoint.ts";
import { loadEnvironment } from "./environment-source.ts";
import { JobLines } from "./job-lines.ts";
import { ModuleSource } from "./module-source.ts";
import { guardNative, whenNativeLeft } from "./native-guard.ts";
import type { PeerIdentity, ThreadLinkEnd } from "./peer-link.ts";
import { Reporter } from "./reporter.ts";
import type { FromMain, ToMain } from "./service-mail.ts";
import { ThreadBoard } from "./thread-board.ts";
import { ThreadControl } from "./thread-control.ts";
import { ThreadHost } from "./thread-host.ts";
import type { ThreadSetup } from "./thread-setup.ts";

async function start(setup: ThreadSetup): Promise<void> {
  const { service, seed, self } = setup;
  const board = new ThreadBoard(setup.board);
  guardNative(board, self.thread);
  const post = (message: ToMain): void => service.postMessage(message);
  const modules = new ModuleSource();
  const request = { thread: self.thread, seed };
  const environment = await loadEnvironment(setup.environment, request, modules);
  const jobs = new JobLines(
    () => post({ kind: "job-lines-wanted" }),
    () => host.loop.nudge(),
  );
  const reporter = new Reporter({
    thread: self.thread,
    board,
    post,
    onFirst: () => host.loop.nudge(),
  });
  const observer: KernelObserver = {
    started: (address, definition) => reporter.started(address, definition),
    threw: (address, error) => reporter.threw(address, error),
    deadLetter: (letter) => reporter.deadLetter(letter),
    ended: (address, reason) => {
      reporter.ended(address, reason);
      const { dedicatedTo } = control;
      if (dedicatedTo !== undefined && sameAddress(dedicatedTo, address))
        post({ kind: "dedication-over" });
    },
  };
  const host = new ThreadHost({
    setup,
    environment,
    jobs,
    modules,
    observer,
    loopHost: new NodeLoop(true),
    onTurnEnd: () => reporter.flush(),
    onCondemned: endSelf,
  });
  const control = new ThreadControl(host, modules);
  service.on("message", (mail: FromMain) => {
    if (mail.kind === "go") host.loop.start();
    else jobs.open(mail.line);
  });
  service.unref();
  assert(parentPort !== null, "the entry of a thread was run on the main thread");
  expose(control, comlinkEndpoint(parentPort));
  post({ kind: "ready" });
}

/**
 * Nothing of it stands in native code then, and none of its own code is running: whoever terminated it from
 * outside could know neither. In a turn of its own, because the answer of a last operation is being taken.
 */
function endSelf(): void {
  whenNativeLeft(() => setImmediate(() => process.exit()));
}

/** Node keeps what a thread was given as long as it lives: the lanes and arenas of all whom it met at its birth. */
function takeSetup(): ThreadSetup {
  const given = workerData as ThreadSetup & {
    readonly links: ThreadLinkEnd[];
    readonly unburied: PeerIdentity[];
  };
  return { ...given, links: given.links.splice(0), unburied: given.unburied.splice(0) };
}

// A rejection is nobody's to catch: it ends the thread with its cause.
void start(takeSetup());
