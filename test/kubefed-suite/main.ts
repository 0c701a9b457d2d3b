import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run, succeed } from '../e2e/processes.ts';
import { findOrBuildSuite } from './binary.ts';
import { deleteOrphans, install } from './control-plane.ts';
import { controllerManagerIn } from './controller-manager.ts';
import { runGinkgo } from './ginkgo.ts';
import { startHostProxy } from './host-proxy.ts';
import { lineOf, reportOf } from './report.ts';
import type { SpecResult } from './specs.ts';

const USAGE = `Usage: npm run kubefed-suite -- [--focus REGEX]... [--skip REGEX]... [--limited-scope] [--nodes N] [--keep DIR]

Runs KubeFed v0.10.0's own end-to-end suite, unchanged, against Fedmesh on real API servers.

  --focus REGEX         only the specs whose name matches one of these
  --skip REGEX          not the specs whose name matches one of these
  --limited-scope       the control plane is limited to its namespace
  --nodes N             processes that share the specs (default: 1, as in KubeFed's CI)
  --seed N              of the order of the specs (default: 1)
  --call-timeout TIME   how long the suite waits for a single thing (default: 1m)
  --keep DIR            keep data and logs of the servers, the controller's log and what each spec printed there
`;

const { values: flags } = parseArgs({
  options: {
    focus: { type: 'string', multiple: true, default: [] },
    skip: { type: 'string', multiple: true, default: [] },
    'limited-scope': { type: 'boolean', default: false },
    nodes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    'call-timeout': { type: 'string', default: '1m' },
    keep: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const limited = flags['limited-scope'];
const report = (line: string) =>
  process.stderr.write(`kubefed-suite: ${process.uptime().toFixed(0).padStart(3)} s  ${line}\n`);

const tell = (error: unknown): void => {
  report(error instanceof Error ? error.message : String(error));
};

async function main(signal: AbortSignal): Promise<void> {
  const binary = await findOrBuildSuite(report);
  await succeed(run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']));
  const scratch = await mkdtemp(join(tmpdir(), 'fedmesh-kubefed-suite-'));
  const kept = flags.keep === undefined ? undefined : resolve(flags.keep);
  const namespace = limited ? 'foo' : 'kube-federation-system';
  try {
    const installation = await install({
      namespace,
      scope: limited ? 'Namespaced' : 'Cluster',
      report,
      ...(kept === undefined ? {} : { dir: join(kept, 'kube') }),
    });
    const proxy = await startHostProxy(installation.kubeconfig, join(scratch, 'kubeconfig'));
    try {
      const began = Date.now();
      const path = await controllerManagerIn(join(scratch, 'bin'));
      const results: SpecResult[] = [];
      const complaints: string[] = [];
      const cleanings: Promise<unknown>[] = [];
      for (const selection of selections()) {
        const finished = await runGinkgo({
          binary,
          args: [...suiteFlags(proxy.kubeconfig, namespace), ...selection],
          // What the suite starts has nothing to do beyond loopback.
          env: { ...process.env, PATH: `${path}:${process.env.PATH ?? ''}`, NO_PROXY: '127.0.0.1', TMPDIR: scratch },
          nodes: Number(flags.nodes),
          seed: Number(flags.seed),
          onResult(result) {
            report(lineOf(result));
            if (result.name.startsWith('DeleteOptions'))
              cleanings.push(deleteOrphans(installation.kubeconfig).catch(tell));
          },
          signal,
        });
        results.push(...finished.results);
        complaints.push(finished.complaint);
      }
      await Promise.all(cleanings);
      const complaint = complaints.filter((each) => each !== '').join('\n');
      report(`${proxy.refused} plans of KubeFed's own scheduler were refused`);
      if (kept !== undefined) await keep(kept, results, installation.controller.log);
      process.stdout.write(`${reportOf(results, complaint, (Date.now() - began) / 1000)}\n`);
      const ran = results.filter(({ outcome }) => outcome !== 'skipped');
      if (complaint !== '' || ran.length === 0 || ran.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
    } finally {
      await proxy.close();
      await installation.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function suiteFlags(kubeconfig: string, namespace: string): string[] {
  return [
    `-kubeconfig=${kubeconfig}`,
    `-kubefed-namespace=${namespace}`,
    `-single-call-timeout=${flags['call-timeout']}`,
    '-test.timeout=1h',
    '-ginkgo.v',
    '-ginkgo.noColor',
    ...(limited ? ['-limited-scope=true'] : []),
  ];
}

/** The flags of one run after the other. As in KubeFed's CI the placement of the one namespace is tried when nothing else is. */
function selections(): string[][] {
  const focus = flags.focus.map((regex) => `-ginkgo.focus=${regex}`);
  const skip = flags.skip.map((regex) => `-ginkgo.skip=${regex}`);
  if (!limited || focus.length > 0) return [[...focus, ...skip]];
  return [
    [...skip, '-ginkgo.skip=Placement'],
    [...skip, '-ginkgo.focus=Placement'],
  ];
}

async function keep(directory: string, results: readonly SpecResult[], log: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'controller.log'), log.map((line) => `${line}\n`).join(''));
  const text = results.map(({ name, message, output }) => `=== ${name}\n${output}\n${message}\n`).join('\n');
  await writeFile(join(directory, 'specs.log'), text);
}

if (flags.help) process.stdout.write(USAGE);
else {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => stopping.abort(new Error(`stopped by ${name}`)));
  try {
    await main(stopping.signal);
  } catch (error) {
    tell(error);
    process.exitCode = 1;
  }
}
