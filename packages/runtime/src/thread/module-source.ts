// Exports of modules by URL: how a thread finds the actors, jobs and environments that others name.
import { codedError, fromErrorData } from "../actor/error-data.ts";

export class ModuleSource {
  readonly #modules = new Map<string, Readonly<Record<string, unknown>>>();

  /**
   * At once when the module was used before.
   * @param has The method that makes the export what is wanted. @throws Coded, or what the import throws.
   */
  find<Wanted>(url: string, name: string, has: keyof Wanted & string): Wanted | Promise<Wanted> {
    const known = this.#modules.get(url);
    if (known !== undefined) return pick(known, url, name, has);
    return this.#import(url).then((module) => pick(module, url, name, has));
  }

  async #import(url: string): Promise<Readonly<Record<string, unknown>>> {
    const module = (await import(url)) as Readonly<Record<string, unknown>>;
    this.#modules.set(url, module);
    return module;
  }
}

function pick<Wanted>(
  module: Readonly<Record<string, unknown>>,
  url: string,
  name: string,
  has: keyof Wanted & string,
): Wanted {
  const found = module[name];
  const holder = Object(found) as Readonly<Record<string, unknown>>;
  if (typeof holder[has] === "function") return found as Wanted;
  const message = `module ${url} has no export ${name} with a function ${has}`;
  throw fromErrorData(codedError("ERR_MULTIRAFT_NO_SUCH_EXPORT", message));
}
