import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compareScenario } from './compare.ts';
import { isGood, reportOf, reportText } from './report.ts';
import type { Observation } from './run-scenario.ts';
import { runSuite } from './run-suite.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { type RunningServer, startReal } from './servers.ts';

/**
 * `npx tsx test/conformance/main.ts`: asks the real kube-apiserver and the embedded one the same, and shows where they differ.
 * Exit code 1: somewhere they do.
 */
const USAGE = `Usage: npx tsx test/conformance/main.ts [--area NAME]... [--only TEXT] [-o json] [--recording FILE] [--two-real]

  --area NAME       only the scenarios of this area
  --only TEXT       only the scenarios whose title contains this
  --recording FILE  keep there what the real server answered, and ask it only what is not there yet
  --two-real        compare two real servers: shows what the suite itself cannot hold still
`;

const { values: flags } = parseArgs({
  options: {
    area: { type: 'string', multiple: true },
    only: { type: 'string' },
    output: { type: 'string', short: 'o', default: 'table' },
    recording: { type: 'string' },
    'two-real': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function main(): Promise<void> {
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const partial = flags.area !== undefined || flags.only !== undefined;
  const scenarios = SCENARIOS.filter(
    ({ area, title }) =>
      (flags.area === undefined || flags.area.includes(area)) &&
      (flags.only === undefined || title.includes(flags.only)),
  );
  const started: RunningServer[] = [];
  try {
    const [real, other] = flags['two-real']
      ? await twoReal(scenarios, started)
      : await realAndEmbedded(scenarios, started);
    const results = scenarios.flatMap((scenario, index) =>
      compareScenario(scenario, real[index] ?? [], other[index] ?? []),
    );
    const report = reportOf(results);
    process.stdout.write(`${flags.output === 'json' ? JSON.stringify(report, undefined, 2) : reportText(report)}\n`);
    if (!isGood(report, { partial: partial || flags['two-real'] })) process.exitCode = 1;
  } finally {
    for (const server of started) await server.close();
  }
}

type Answers = readonly (readonly Observation[])[];

async function twoReal(scenarios: readonly Scenario[], started: RunningServer[]): Promise<[Answers, Answers]> {
  const [one, two] = await startReal('real', 'other');
  if (one === undefined || two === undefined) throw new Error('two servers were to be started');
  started.push(one, two);
  return await Promise.all([runSuite(scenarios, one.target), runSuite(scenarios, two.target)]);
}

async function realAndEmbedded(scenarios: readonly Scenario[], started: RunningServer[]): Promise<[Answers, Answers]> {
  const real = await recorded(scenarios, async (missing) => {
    const [server] = await startReal('real');
    if (server === undefined) throw new Error('a server was to be started');
    started.push(server);
    return runSuite(missing, server.target);
  });
  const { startEmbedded } = await import('./embedded.ts');
  const embedded = await startEmbedded('embedded');
  started.push(embedded);
  return [real, await runSuite(scenarios, embedded.target)];
}

/** From the file, as far as its scenarios are still the same; the rest is asked and kept. */
async function recorded(
  scenarios: readonly Scenario[],
  ask: (missing: readonly Scenario[]) => Promise<Answers>,
): Promise<Answers> {
  const file = flags.recording;
  if (file === undefined) return ask(scenarios);
  const known: Record<string, readonly Observation[]> = await readFile(file, 'utf8').then(JSON.parse, () => ({}));
  const missing = scenarios.filter((scenario) => known[digest(scenario)] === undefined);
  if (missing.length > 0) {
    const answers = await ask(missing);
    for (const [index, scenario] of missing.entries()) known[digest(scenario)] = answers[index] ?? [];
    await writeFile(file, JSON.stringify(known));
  }
  return scenarios.map((scenario) => known[digest(scenario)] ?? []);
}

function digest(scenario: Scenario): string {
  const text = JSON.stringify(scenario, (_key, value) => (typeof value === 'function' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex');
}

await main();
