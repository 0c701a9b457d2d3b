import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { isOwnGroup } from '../../controller/following/leave-out.ts';
import type { Client } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { WEBHOOK_SECRET } from '../../controller/webhook/secret-certificate.ts';
import { deleteIfPresent, getIfPresent, listIfServed, outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { refused } from '../exit.ts';
import {
  DEPLOYMENTS,
  type Deployment,
  FEDMESH_CONTROLLER,
  KUBEFED_CONTROLLER,
  KUBEFED_WEBHOOKS,
  scale,
  waitUntilStopped,
} from '../install/deployments.ts';
import type { Progress } from '../output/progress.ts';
import { readController } from '../status/controller.ts';

const CONTROLLER_NAMES = [KUBEFED_CONTROLLER, KUBEFED_WEBHOOKS, FEDMESH_CONTROLLER];

/**
 * A controller that sees federated objects go would clear the members. So whatever runs in the control plane's namespace is scaled to
 * nothing first; one that runs elsewhere has to be stopped by whoever started it.
 */
export async function stopControllers(
  context: CliContext,
  client: Client,
  progress: Progress,
  options: { force: boolean },
): Promise<void> {
  const { signal } = context;
  const namespace = context.options.kubefedNamespace;
  const deployments = (await listIfServed<Deployment>(client, DEPLOYMENTS, { namespace, signal })).filter(
    (deployment) => CONTROLLER_NAMES.includes(deployment.metadata.name ?? ''),
  );
  for (const { metadata, spec } of deployments) {
    if (spec?.replicas === 0) continue;
    const ref = { name: metadata.name ?? '', namespace };
    await scale(client, ref, 0, signal);
    progress.line(`deployment.apps/${ref.name} scaled to 0`);
  }
  await progress.during('waiting until no controller runs any more', async () => {
    for (const { metadata } of deployments) {
      await waitUntilStopped(context, client, { name: metadata.name ?? '', namespace });
    }
  });
  const controller = await readController(context, client);
  if (!controller.running || options.force) return;
  throw refused(
    `a controller is running: ${controller.detail}`,
    'stop it, then run the command again; --force says that it is not there any more',
  );
}

interface WebhookConfiguration extends KubeObject {
  webhooks?: { rules?: { apiGroups?: string[] }[] }[];
}

const WEBHOOKS: readonly Resource[] = (
  [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'],
  ] as const
).map(([kind, plural]) => ({ group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, namespaced: false }));

/**
 * The controller's admission webhooks, and those for nothing but the control plane's own kinds: with nobody behind them they
 * would refuse every write below.
 */
export async function deleteOwnWebhooks(
  context: CliContext,
  client: Client,
  progress: Progress,
  { limited }: { limited: boolean },
): Promise<void> {
  const suffix = `-${context.options.kubefedNamespace}`;
  const options = { signal: context.signal, dryRun: false };
  for (const resource of WEBHOOKS) {
    const configurations = await listIfServed<WebhookConfiguration>(client, resource, options);
    for (const { metadata, webhooks = [] } of configurations) {
      const groups = webhooks.flatMap(({ rules = [] }) => rules.flatMap(({ apiGroups = [] }) => apiGroups));
      const ours = metadata.labels?.['app.kubernetes.io/part-of'] === 'fedmesh';
      if (!ours && (groups.length === 0 || !groups.every(isOwnGroup))) continue;
      // Those of control planes of other namespaces are called after these.
      if (limited && metadata.name?.endsWith(suffix) !== true) continue;
      const ref = { name: metadata.name ?? '' };
      progress.line(outcomeLine(resource, ref, await deleteIfPresent(client, resource, ref, options), options));
    }
  }
  const key = { name: WEBHOOK_SECRET, namespace: context.options.kubefedNamespace };
  if ((await getIfPresent(client, SECRETS, key, context.signal)) === undefined) return;
  progress.line(outcomeLine(SECRETS, key, await deleteIfPresent(client, SECRETS, key, options), options));
}
