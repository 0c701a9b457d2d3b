import type { Command } from 'commander';
import { ApiError, ConnectionError, KubeconfigError } from '../../controller/kube/errors.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { oneLine } from '../output/errors.ts';
import { outputFormat, toJson, toYaml } from '../output/format.ts';
import { packageVersion } from '../package-root.ts';
import { readController } from '../status/controller.ts';
import type { ControllerReport } from '../status/model.ts';

interface Versions {
  fedctl: string;
  node: string;
  host?: { context: string; kubernetes: string };
  controller?: ControllerReport;
  /** Why there is nothing about the host. */
  unknown?: string;
}

/** The host is not worth waiting for longer than this. */
const PATIENCE_MS = 5000;

export function register(program: Command, context: CliContext): void {
  program
    .command('version')
    .description('versions of fedctl, of the host and of the controller that runs there')
    .option('--client', 'of fedctl alone; asks no server')
    .action((options: { client?: boolean }) => version(context, options));
}

async function version(context: CliContext, options: { client?: boolean }): Promise<void> {
  const format = outputFormat(context, ['text', 'json', 'yaml']);
  const own: Versions = { fedctl: packageVersion(), node: process.versions.node };
  const versions = options.client === true ? own : { ...own, ...(await askHost(context)) };
  context.stdout.write(format === 'json' ? toJson(versions) : format === 'yaml' ? toYaml(versions) : render(versions));
}

async function askHost(context: CliContext): Promise<Omit<Versions, 'fedctl' | 'node'>> {
  try {
    const client = await context.hostClient();
    const { gitVersion } = await client.discovery.version(
      AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]),
    );
    const controller = await readController(context, client);
    return { host: { context: client.cluster, kubernetes: gitVersion }, controller };
  } catch (error) {
    if (context.signal.aborted) throw error;
    // The question was about versions: one that cannot be told is no failure.
    if (error instanceof Error && isExpected(error)) return { unknown: oneLine(error.message) };
    throw error;
  }
}

function isExpected(error: Error): boolean {
  return (
    error instanceof CliError ||
    error instanceof KubeconfigError ||
    error instanceof ApiError ||
    error instanceof ConnectionError ||
    error.name === 'TimeoutError'
  );
}

function render({ fedctl, node, host, controller, unknown }: Versions): string {
  const lines = [`fedctl      ${fedctl} (Node ${node})`];
  if (host !== undefined) lines.push(`host        Kubernetes ${host.kubernetes} (${host.context})`);
  if (controller !== undefined) {
    const own = controller.version === undefined ? '' : `${controller.version}, `;
    lines.push(
      `controller  ${controller.running ? `${own}${controller.detail}` : `not running: ${controller.detail}`}`,
    );
  }
  if (unknown !== undefined) lines.push(`host        unknown: ${unknown}`);
  return `${lines.join('\n')}\n`;
}
