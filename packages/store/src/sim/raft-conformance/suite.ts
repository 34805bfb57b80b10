/**
 * Which files are scripts, and of which kind. The folders that are run unless others are named are
 * the repository's own and those that may be given beside a checkout; a file that no runner takes is
 * an error, never left out in silence.
 */
import { join } from "node:path";
import { fileTree } from "../../platform/file-tree.ts";
import { runScript, SCRIPT_KINDS, type ScriptKind, type ScriptResult } from "./run-script.ts";

/** From the root of the checkout. */
export const OWN_SCRIPTS = "packages/store/test/raft-conformance/scripts";
export const GIVEN_SCRIPTS = "../shared/conformance/etcd-raft";

export type Suite = {
  readonly scripts: readonly ScriptFile[];
  /** What could not be run, to be said aloud. */
  readonly notice: string | undefined;
};

export type ScriptFile = { readonly path: string; readonly kind: ScriptKind };

export class SuiteError extends Error {
  override readonly name = "SuiteError";
  readonly code = "ERR_MULTIRAFT_CONFORMANCE_SUITE";
}

/**
 * What is run if nothing is named. MULTIRAFT_CONFORMANCE_DIR says where the given scripts lie if
 * not beside the checkout; MULTIRAFT_REQUIRE_GIVEN_SCRIPTS=1 makes their absence an error.
 */
export function defaultSuite(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): Suite {
  const own = scriptsBelow(join(root, OWN_SCRIPTS));
  const named = environment["MULTIRAFT_CONFORMANCE_DIR"];
  const given = named === undefined || named === "" ? join(root, GIVEN_SCRIPTS) : named;
  if (fileTree.filesBelow(given) !== undefined)
    return { scripts: [...own, ...scriptsBelow(given)], notice: undefined };
  const notice = `the given scripts are not there, only the own ones are run: no folder ${given}`;
  if (environment["MULTIRAFT_REQUIRE_GIVEN_SCRIPTS"] === "1")
    throw new SuiteError(`the given scripts are required: there is no folder ${given}`);
  return { scripts: own, notice };
}

/** @throws SuiteError if there is none, or one whose kind no folder tells. */
export function scriptsBelow(folder: string): readonly ScriptFile[] {
  const files = fileTree.filesBelow(folder);
  if (files === undefined) throw new SuiteError(`there is no folder ${folder}`);
  const scripts = files
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => ({ path: `${folder}/${file}`, kind: kindOf(folder, file) }));
  if (scripts.length === 0) throw new SuiteError(`${folder} holds no .txt file`);
  return scripts;
}

/** The innermost folder that is named after a kind, up to `folder` itself. */
function kindOf(folder: string, file: string): ScriptKind {
  const folders = [
    folder.split(/[\\/]/).filter(Boolean).at(-1),
    ...file.split("/").slice(0, -1),
  ].reverse();
  for (const name of folders) {
    const kind = SCRIPT_KINDS.find((candidate) => candidate === name);
    if (kind !== undefined) return kind;
  }
  throw new SuiteError(
    `${folder}/${file} lies in no folder named ${SCRIPT_KINDS.join(", ")}: what is it?`,
  );
}

export function runFile({ path, kind }: ScriptFile): ScriptResult {
  return runScript(kind, fileTree.read(path));
}
