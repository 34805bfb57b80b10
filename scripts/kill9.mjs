// Kills loaded processes again and again: `npm run kill9 -- --rounds 100 --seed 3`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: "7" },
  },
});
const bin = (name) => join(root, "node_modules", ".bin", name);
const env = {
  ...process.env,
  MULTIRAFT_KILL9_ROUNDS: values.rounds,
  MULTIRAFT_KILL9_SEED: values.seed,
};
const steps = [
  [bin("tsc"), ["-b"]],
  [bin("vitest"), ["run", "packages/store/test/kill9"]],
];
for (const [command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
