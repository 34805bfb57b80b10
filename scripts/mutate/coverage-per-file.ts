/**
 * Files that share one set of modules share one record of coverage too, and each file reports all of
 * it again. How often a mutant is reached decides when a loop is taken for endless: counted once for
 * every later file, it would be ended by the clock alone, after half a minute instead of a second.
 */
import { beforeAll, inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    readonly globalNamespace: string;
  }
}

type Namespace = { readonly mutantCoverage?: { perTest: Record<string, unknown> } };

beforeAll(() => {
  const { mutantCoverage } = Reflect.get(globalThis, inject("globalNamespace")) as Namespace;
  if (mutantCoverage !== undefined) mutantCoverage.perTest = {};
});
