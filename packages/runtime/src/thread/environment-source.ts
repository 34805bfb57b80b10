// Makes the environment of a thread: the real one, or what a module of the user exports.
import type { Environment } from "../platform/environment.ts";
import { realEnvironment } from "../platform/real-environment.ts";
import type { ModuleSource } from "./module-source.ts";
import type { EnvironmentRequest, EnvironmentSource } from "./thread-setup.ts";

type EnvironmentExport = {
  readonly call: (self: undefined, request: EnvironmentRequest) => Environment;
};

export async function loadEnvironment(
  source: EnvironmentSource | undefined,
  request: EnvironmentRequest,
  modules: ModuleSource,
): Promise<Environment> {
  if (source === undefined) return realEnvironment(request.seed);
  const make = await modules.find<EnvironmentExport>(source.url, source.name, "call");
  return make.call(undefined, request);
}
