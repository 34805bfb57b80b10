// Brings a checkout from "Node and npm only" to "installed and built". Idempotent: a stamp of the
// lockfile and of every source decides what is left to do, so that the second run needs no network.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM_VERSION = "12.21.0";
const root = fileURLToPath(new URL("..", import.meta.url));
const stampDir = join(root, ".setup");

const INSTALL_INPUTS = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];
const PACKAGES = readdirSync(join(root, "packages")).sort();

function filesBelow(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules" && entry.name !== "dist")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

function stampOf(files) {
  const hash = createHash("sha256").update(process.versions.modules);
  for (const file of files)
    hash.update(relative(root, file)).update("\0").update(readFileSync(file));
  return hash.digest("hex");
}

function isCurrent(name, stamp) {
  const file = join(stampDir, name);
  return existsSync(file) && readFileSync(file, "utf8") === stamp;
}

function run(what, command, args) {
  console.error(`setup: ${what}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) {
    console.error(`setup: ${what} failed with exit code ${status}`);
    process.exit(1);
  }
}

function step(name, files, isPresent, action) {
  const stamp = stampOf(files);
  if (isPresent && isCurrent(name, stamp)) return;
  action();
  mkdirSync(stampDir, { recursive: true });
  writeFileSync(join(stampDir, name), stamp);
}

const installFiles = [
  ...INSTALL_INPUTS.map((name) => join(root, name)),
  ...PACKAGES.map((name) => join(root, "packages", name, "package.json")),
];
step("install", installFiles, existsSync(join(root, "node_modules", ".bin")), () => {
  const args = ["--yes", `pnpm@${PNPM_VERSION}`, "install", "--frozen-lockfile"];
  run(`installing packages with pnpm ${PNPM_VERSION}`, "npx", args);
});

const sourceFiles = [
  join(root, "tsconfig.json"),
  join(root, "tsconfig.base.json"),
  ...PACKAGES.flatMap((name) => [
    join(root, "packages", name, "tsconfig.json"),
    ...filesBelow(join(root, "packages", name, "src")),
  ]),
];
const isBuilt = PACKAGES.every((name) => existsSync(join(root, "packages", name, "dist")));
step("build", sourceFiles, isBuilt, () => {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  run("building packages", process.execPath, [tsc, "-b"]);
});
