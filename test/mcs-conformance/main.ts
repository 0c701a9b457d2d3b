import { parseArgs } from 'node:util';
import { BESIDE_CONTROLLER_MANAGER, startWorkloads, type Workloads } from '../../cli/sandbox/workloads/workloads.ts';
import { startFederation } from '../e2e/federation.ts';
import { run, succeed } from '../e2e/processes.ts';
import { SPECS, type Spec } from './specs.ts';
import { World } from './world.ts';

const USAGE = `Usage: npx tsx test/mcs-conformance/main.ts [--focus REGEX] [--serve]

Asks of Fedmesh, on two members of real API servers, what the specs of the Multi-Cluster Services API's conformance suite ask.

  --focus REGEX   only the specs whose name matches
  --serve         runs no spec: prints the kubeconfig and waits for Ctrl-C, for a run of the suite itself
`;

const { values: flags } = parseArgs({
  options: {
    focus: { type: 'string', default: '' },
    serve: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)));

async function main(): Promise<number> {
  await succeed(run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']));
  const federation = await startFederation({ names: ['host', 'earth', 'vulcan'] });
  const nodes: Workloads[] = [];
  try {
    await succeed(federation.fedctl('services', 'enable'));
    for (const [number, name] of (['earth', 'vulcan'] as const).entries()) {
      const client = federation.clients[name];
      const podCidr = `10.20${number}.0.0/16`;
      nodes.push(
        await startWorkloads({ client, podCidr, components: BESIDE_CONTROLLER_MANAGER, signal: stopping.signal }),
      );
    }
    if (flags.serve) {
      say(`-kubeconfig ${federation.kubeconfig} -contexts earth,vulcan`);
      await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
      return 0;
    }
    const { earth, vulcan } = federation.clients;
    const chosen = SPECS.filter(({ name }) => new RegExp(flags.focus).test(name));
    let failed = 0;
    for (const spec of chosen) if (!(await holds(spec, new World([earth, vulcan], stopping.signal)))) failed += 1;
    for (const level of ['Required', 'Optional'] as const)
      say(`${level}: ${chosen.filter((each) => each.level === level).length} asked`);
    say(`${chosen.length - failed} passed, ${failed} failed`);
    return failed === 0 && chosen.length > 0 ? 0 : 1;
  } finally {
    stopping.abort(new Error('the run is over'));
    await Promise.all(nodes.map((each) => each.close()));
    await federation.close();
  }
}

async function holds(spec: Spec, world: World): Promise<boolean> {
  const began = Date.now();
  const tell = (verdict: string) =>
    say(`${verdict} ${((Date.now() - began) / 1_000).toFixed(1).padStart(5)} s  [${spec.level}] ${spec.name}`);
  try {
    await world.begin(spec.service);
    await spec.run(world);
    tell('holds');
    return true;
  } catch (error) {
    tell('FAILS');
    say(`         ${error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error)}`);
    return false;
  } finally {
    await world.end();
  }
}

if (flags.help) say(USAGE);
else process.exitCode = await main();
