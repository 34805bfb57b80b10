// `npm run sim -- SIMULATION`: finds the simulation, gives it its arguments, and ends with its exit code.
import type { SimCommand } from "../sim/sim-command.ts";
import { SIM_COMMANDS } from "../sim/sim-commands.ts";
import { Interrupted, Interruption } from "./interruption.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, UsageError } from "./usage-error.ts";

const LIST = Object.entries(SIM_COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join("\n");

const HELP = `Usage: npm run sim -- SIMULATION [options]

${LIST}

Options of one: npm run sim -- SIMULATION --help

Exit codes: 0 everything held; 1 something did not; 2 wrong options; 130 interrupted.`;

const say = (line: string): void => console.log(line);
const tell = (line: string): void => console.error(line);

function commandOf(name: string): SimCommand | undefined {
  return Object.hasOwn(SIM_COMMANDS, name) ? SIM_COMMANDS[name] : undefined;
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const command = commandOf(name);
  if (command === undefined) {
    const known = Object.keys(SIM_COMMANDS).join(", ");
    throw new UsageError(`a simulation is wanted first: ${known}; not "${name}"`);
  }
  if (args.includes("--help")) {
    say(command.help);
    return EXIT_OK;
  }
  const { signal } = new Interruption(tell, () => process.exit(EXIT_INTERRUPTED));
  const { env: environment, stderr: progress } = process;
  return await command.run(args, { environment, say, progress, signal });
}

async function main([name = "", ...rest]: readonly string[]): Promise<number> {
  try {
    if (name !== "--help") return await runCommand(name, rest);
    say(HELP);
    return EXIT_OK;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    if (error instanceof UsageError) {
      const of = commandOf(name) === undefined ? "" : `${name} `;
      tell(`sim: ${error.message}\nSee npm run sim -- ${of}--help`);
      return EXIT_USAGE;
    }
    console.error(error);
    return EXIT_FAILED;
  }
}

// Not by exitCode: what was under way when the run was interrupted must not keep the process.
process.exit(await main(process.argv.slice(2)));
