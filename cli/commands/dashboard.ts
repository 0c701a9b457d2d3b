import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { isSpent, LINK_LABEL, linkSecret } from '../../controller/dashboard/access/one-time-link.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { isForbidden, isNotFound } from '../../controller/kube/errors.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { outputFormat, toJson } from '../output/format.ts';
import { presenceOf, SandboxClient } from '../sandbox/control/client.ts';
import { readState } from '../sandbox/control/state-file.ts';
import { addNameOption, directoryOf, type NamedSandbox } from './sandbox/running.ts';

interface DashboardOptions extends NamedSandbox {
  port: string;
  cluster?: boolean;
}

/** Long enough to open it, too short to be found. */
const LINK_MS = 2 * 60_000;
const SELF_REVIEWS = {
  ...{ group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews' },
  namespaced: false,
};

export function register(program: Command, context: CliContext): void {
  addNameOption(program.command('dashboard'))
    .description('print the way to the dashboard: its address in a sandbox, else a link that lets you in once')
    .option('--cluster', 'that of the host cluster, also while a sandbox runs')
    .option('--port <port>', 'where it is forwarded from, and the one that the controller serves it on', '8088')
    .addHelpText('after', '\nOutput formats (-o): text, json.')
    .action((options: DashboardOptions) => dashboard(context, options));
}

async function dashboard(context: CliContext, options: DashboardOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const url = options.cluster === true ? undefined : await sandboxUrl(context, options);
  if (url !== undefined) {
    context.stdout.write(format === 'json' ? toJson({ url }) : `${url}\n`);
    return;
  }
  const host = await context.hostClient();
  const { kubefedNamespace: namespace, hostClusterContext } = context.options;
  const token = randomBytes(32).toString('base64url');
  const expiresAt = context.clock.now() + LINK_MS;
  if (!context.options.dryRun) await registerLink(context, host, { namespace, token, expiresAt });
  const link = `http://127.0.0.1:${options.port}/link/${token}`;
  const where = hostClusterContext === undefined ? '' : ` --context ${hostClusterContext}`;
  const forward = `kubectl port-forward${where} -n ${namespace} deployment/fedmesh-controller ${options.port}`;
  if (format === 'json') {
    context.stdout.write(toJson({ url: link, forward, expiresAt: new Date(expiresAt).toISOString() }));
    return;
  }
  context.stdout.write(
    [
      'In another terminal, where the controller serves it (--dashboard-addr):',
      '',
      `  ${forward}`,
      '',
      `Then open, within ${LINK_MS / 60_000} minutes:`,
      '',
      `  ${link}`,
      '',
    ].join('\n'),
  );
}

/** Undefined: no sandbox of that name runs. */
async function sandboxUrl(context: CliContext, options: NamedSandbox): Promise<string | undefined> {
  const state = await readState(directoryOf(context, options));
  if (state === undefined || (await presenceOf(state)) !== 'running') return undefined;
  return (await new SandboxClient(state).report()).dashboard;
}

/** A Secret that says whose link it is, by a hash of it. Links that nobody opened in time go with it. */
async function registerLink(
  { signal, clock }: CliContext,
  host: Client,
  link: { readonly namespace: string; readonly token: string; readonly expiresAt: number },
): Promise<void> {
  const { namespace } = link;
  try {
    const review = await host.create<KubeObject & { status?: { userInfo?: { username?: string; groups?: string[] } } }>(
      SELF_REVIEWS,
      { apiVersion: 'authentication.k8s.io/v1', kind: SELF_REVIEWS.kind, metadata: {} },
      { signal },
    );
    const { username: user = '', groups = [] } = review.status?.userInfo ?? {};
    await host.create(SECRETS, linkSecret(link.token, { user, groups }, link), { signal });
    const { items } = await host.listAll<KubeObject>(SECRETS, { namespace, labelSelector: LINK_LABEL, signal });
    for (const secret of items) {
      const { name = '' } = secret.metadata;
      if (!isSpent(secret, clock.now())) continue;
      try {
        await host.delete(SECRETS, { namespace, name }, { signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw new CliError(`a link is a Secret in the namespace "${namespace}", which you may not write`, {
      hint: 'sign in to the dashboard with a token instead: `kubectl create token NAME`; you see what its owner may list',
      cause: error,
    });
  }
}
