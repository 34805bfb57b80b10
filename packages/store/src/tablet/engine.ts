// Opens the tablets of one store, for the thread that calls it.
import { type Disk, unreachable } from "@multiraft/runtime";
import { type EnvironmentCache, threadEnvironments } from "./environment-cache.ts";
import { openLmdbEngine } from "./lmdb-engine.ts";
import { openMemoryEngine, openVolatileMemoryEngine } from "./memory-engine.ts";
import type { TabletEngine } from "./tablet.ts";

export type EngineOptions =
  /** Survives a crash of the process over a disk that does. */
  | { readonly kind: "memory"; readonly disk: Disk; readonly directory: string }
  /**
   * A directory a tablet; `environments` defaults to those of the calling thread, one of `actorThreads` that
   * share the descriptors of the process.
   */
  | {
      readonly kind: "lmdb";
      readonly disk: Disk;
      readonly directory: string;
      readonly environments?: EnvironmentCache;
      readonly actorThreads?: number;
    }
  /** Lasts as long as the engine object. */
  | { readonly kind: "memory-volatile" };

export function openEngine(options: EngineOptions): TabletEngine {
  switch (options.kind) {
    case "memory":
      return openMemoryEngine(options.disk, options.directory);
    case "lmdb":
      return openLmdbEngine({
        ...options,
        environments:
          options.environments ?? threadEnvironments(options.disk, options.actorThreads ?? 1),
      });
    case "memory-volatile":
      return openVolatileMemoryEngine();
    default:
      return unreachable(options);
  }
}
