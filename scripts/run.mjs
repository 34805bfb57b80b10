// Runs a command of the bench package after set-up: `npm start`, `npm run bench -- SUITE` and
// `npm run sim -- SIMULATION`.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const setup = spawnSync(process.execPath, [join(root, "scripts", "setup.mjs")], {
  stdio: "inherit",
});
if (setup.status !== 0) process.exit(1);

const [command, ...rest] = process.argv.slice(2);
const entry = join(root, "packages", "bench", "dist", "cli", `${command}.js`);
// The terminal sends Ctrl-C to the whole group; the child ends by itself and its exit code is ours.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
// lmdb commits and copies on libuv's pool, four threads by default: one slow sync would hold up others.
const env = { UV_THREADPOOL_SIZE: "16", ...process.env };
const child = spawn(process.execPath, [entry, ...rest], { stdio: "inherit", env });
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
