import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { SECRETS } from '../../controller/clusters/clusters.ts';
import { isOwnGroup } from '../../controller/following/leave-out.ts';
import type { Client } from '../../controller/kube/client.ts';
import { sleep } from '../../controller/time/clock.ts';
import { WEBHOOK_SECRET } from '../../controller/webhook/secret-certificate.ts';
import { deleteIfPresent, getIfPresent, listIfServed, outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused } from '../exit.ts';
import type { Progress } from '../output/progress.ts';
import { readController } from '../status/controller.ts';

const POLL_MS = 500;
const STOPPED_WITHIN_MS = 60_000;
const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
/** KubeFed's chart, and Fedmesh's own manifests. */
const CONTROLLER_NAMES = ['kubefed-controller-manager', 'kubefed-admission-webhook', 'fedmesh-controller'];

interface Deployment extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas?: number };
}

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
  const { signal, clock } = context;
  const namespace = context.options.kubefedNamespace;
  const deployments = (await listIfServed<Deployment>(client, DEPLOYMENTS, { namespace, signal })).filter(
    (deployment) => CONTROLLER_NAMES.includes(deployment.metadata.name ?? ''),
  );
  for (const { metadata, spec } of deployments) {
    if (spec?.replicas === 0) continue;
    const ref = { name: metadata.name ?? '', namespace };
    await client.patch(DEPLOYMENTS, ref, { type: 'merge', body: { spec: { replicas: 0 } } }, { signal });
    progress.line(`deployment.apps/${ref.name} scaled to 0`);
  }
  await progress.during('waiting until no controller runs any more', async () => {
    const deadline = clock.monotonic() + STOPPED_WITHIN_MS;
    for (const { metadata } of deployments) {
      const ref = { name: metadata.name ?? '', namespace };
      while (((await getIfPresent<Deployment>(client, DEPLOYMENTS, ref, signal))?.status?.replicas ?? 0) > 0) {
        if (clock.monotonic() > deadline) throw stillThere(ref.name, namespace);
        await sleep(clock, POLL_MS, signal);
      }
    }
  });
  const controller = await readController(context, client);
  if (!controller.running || options.force) return;
  throw refused(
    `a controller is running: ${controller.detail}`,
    'stop it, then run the command again; --force says that it is not there any more',
  );
}

function stillThere(name: string, namespace: string): CliError {
  return new CliError(`deployment ${name} still has Pods after ${STOPPED_WITHIN_MS / 1000} s`, {
    hint: `\`kubectl get pods -n ${namespace}\` shows them; run the command again once they are gone`,
  });
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
export async function deleteOwnWebhooks(context: CliContext, client: Client, progress: Progress): Promise<void> {
  const options = { signal: context.signal, dryRun: false };
  for (const resource of WEBHOOKS) {
    const configurations = await listIfServed<WebhookConfiguration>(client, resource, options);
    for (const { metadata, webhooks = [] } of configurations) {
      const groups = webhooks.flatMap(({ rules = [] }) => rules.flatMap(({ apiGroups = [] }) => apiGroups));
      const ours = metadata.labels?.['app.kubernetes.io/part-of'] === 'fedmesh';
      if (!ours && (groups.length === 0 || !groups.every(isOwnGroup))) continue;
      const ref = { name: metadata.name ?? '' };
      progress.line(outcomeLine(resource, ref, await deleteIfPresent(client, resource, ref, options), options));
    }
  }
  const key = { name: WEBHOOK_SECRET, namespace: context.options.kubefedNamespace };
  if ((await getIfPresent(client, SECRETS, key, context.signal)) === undefined) return;
  progress.line(outcomeLine(SECRETS, key, await deleteIfPresent(client, SECRETS, key, options), options));
}
