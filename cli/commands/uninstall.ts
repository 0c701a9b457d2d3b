import type { Command } from 'commander';
import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { MESH_CONFIGS, MESH_FINALIZER } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { FOLLOWING_ROLE } from '../../apis/rbac/following-role.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES, SECRETS } from '../../controller/kube/core-kinds.ts';
import { readControlPlane } from '../../controller/membership/control-plane.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS } from '../../controller/membership/kinds.ts';
import { describeContents, inspectNamespace } from '../../controller/ownership/namespace-contents.ts';
import { LEADER_LEASE, LEASES } from '../../controller/runtime/lease.ts';
import { removeServices } from '../../controller/services/removal.ts';
import { sleep } from '../../controller/time/clock.ts';
import { deleteIfPresent, getIfPresent, listIfServed, outcomeLine } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused } from '../exit.ts';
import { outputFormat } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';
import { type Inventory, type OwnKind, takeInventory } from '../uninstall/inventory.ts';
import { release, releaseAndDelete } from '../uninstall/release.ts';
import { deleteOwnWebhooks, stopControllers } from '../uninstall/stop-controllers.ts';

const WRITES_AT_A_TIME = 16;
const POLL_MS = 250;
const CRDS_GONE_WITHIN_MS = 60_000;
const NAMESPACE_GONE_WITHIN_MS = 120_000;
const PART_OF_FEDMESH = 'app.kubernetes.io/part-of=fedmesh';

interface UninstallOptions {
  orphan?: boolean;
  force?: boolean;
  yes?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('uninstall')
    .description('take the control plane off the host; nothing is deleted in any member')
    .option('--orphan', 'although members are joined: they keep every object, and the rights that join made there')
    .option('--force', 'although a controller seems to be running: it has been stopped for good')
    .option('-y, --yes', 'do not ask (without a terminal nobody is asked)')
    .action((options: UninstallOptions) => uninstall(context, options));
}

async function uninstall(context: CliContext, options: UninstallOptions): Promise<void> {
  outputFormat(context, ['text']);
  const progress = createProgress(context);
  const client = await context.hostClient();
  const inventory = await progress.during(`looking at ${client.cluster}`, () => takeInventory(context, client));
  if (inventory.kinds.length === 0 && !inventory.ownsNamespace) {
    progress.line(`there is no control plane in ${client.cluster}: nothing to do`);
    return;
  }
  refuseUnlessAlone(inventory, options);
  for (const line of describe(inventory, client.cluster)) progress.line(line);
  if (context.options.dryRun) return;
  await askFirst(context, client.cluster, options);

  await stopControllers(context, client, progress, { force: options.force === true });
  await deleteOwnWebhooks(context, client, progress, inventory);
  await removeServiceKinds(context, client, inventory, progress);
  await removeObjects(context, client, inventory, progress);
  await removeMembers(context, client, inventory, progress);
  if (isLast(inventory)) await removeCrds(context, client, inventory.kinds, progress);
  else progress.line(`the kinds stay: control planes in ${inventory.otherControlPlanes.join(', ')} use them`);
  await removeRoles(context, client, inventory, progress);
  if (inventory.limited) await removeOwnContents(context, client, progress);
  await removeLease(context, client);
  await removeNamespace(context, client, inventory, progress);
  progress.line(`${client.cluster} is no host any more`);
}

/** Nobody else needs the kinds. */
function isLast({ otherControlPlanes }: Inventory): boolean {
  return otherControlPlanes.length === 0;
}

function refuseUnlessAlone(inventory: Inventory, options: UninstallOptions): void {
  const { members, otherControlPlanes, limited, kinds } = inventory;
  if (otherControlPlanes.length > 0 && !limited) {
    throw refused(
      `other control planes live in ${otherControlPlanes.join(', ')} and use the same CRDs`,
      `uninstall them first: --kubefed-namespace ${otherControlPlanes[0] ?? ''}`,
    );
  }
  if (options.orphan === true) return;
  if (kinds.some(({ resource, objects }) => resource.kind === MESH_CONFIGS.kind && objects.some(isMeshHeld))) {
    throw refused(
      'a mesh is set up, and routes of it would stay behind',
      '`fedctl network teardown` withdraws them; --orphan leaves them where they are',
    );
  }
  if (members.length === 0) return;
  const names = members.map(({ metadata }) => metadata.name ?? '');
  throw refused(
    `${names.length === 1 ? 'a member is' : `${names.length} members are`} joined: ${names.join(', ')}`,
    `\`fedctl unjoin ${names[0] ?? ''}\` cleans a member; --orphan leaves them as they are, Fedmesh's rights and labels included`,
  );
}

function isMeshHeld({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(MESH_FINALIZER) ?? false;
}

function describe(inventory: Inventory, cluster: string): string[] {
  const federated = inventory.kinds.filter((kind) => kind.federated && kind.objects.length > 0);
  const count = federated.reduce((sum, kind) => sum + kind.objects.length, 0);
  const names = inventory.members.map(({ metadata }) => metadata.name ?? '');
  return [
    `This takes from ${cluster}:`,
    `  ${count} federated object${count === 1 ? '' : 's'}${count === 0 ? '' : ` (${federated.map((kind) => `${kind.objects.length} ${kind.resource.kind}`).join(', ')})`}`,
    isLast(inventory)
      ? `  ${inventory.kinds.length} custom resource definitions, with everything that is left of their kinds`
      : `  its configuration; the kinds stay for the control planes in ${inventory.otherControlPlanes.join(', ')}`,
    ...(names.length === 0 ? [] : [`  the memberships of ${names.join(', ')}, and their credentials`]),
    `  ${inventory.ownsNamespace ? `namespace ${inventory.namespace?.metadata.name ?? ''}` : 'the configuration, but not the namespace: fedctl did not make it'}`,
    names.length === 0 ? 'No member is joined.' : 'Members keep every object. Nothing is deleted there.',
  ];
}

async function askFirst(context: CliContext, cluster: string, options: UninstallOptions): Promise<void> {
  if (options.yes === true || !context.interactive) return;
  if (!(await context.confirm(`Take the control plane off ${cluster}?`))) throw refused('nothing was changed');
}

async function removeObjects(
  context: CliContext,
  client: Client,
  inventory: Inventory,
  progress: Progress,
): Promise<void> {
  // Federated objects before type configs: a controller that came back would find nothing to act upon.
  const kinds = [...inventory.kinds].sort((a, b) => Number(b.federated) - Number(a.federated));
  // What does not go with its kind is deleted here.
  const all = !isLast(inventory);
  for (const { resource, objects, federated } of kinds) {
    const pending =
      federated || all ? objects : objects.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
    const isMember = resource.kind === 'KubeFedCluster';
    if (pending.length === 0 || isMember) continue;
    await progress.during(`removing ${pending.length} ${resource.plural}`, () =>
      mapConcurrently(pending, WRITES_AT_A_TIME, (object) =>
        releaseAndDelete(client, resource, object, { orphan: federated, signal: context.signal }),
      ),
    );
    progress.line(`${pending.length} ${resource.kind.toLowerCase()}.${resource.group} deleted`);
  }
}

async function removeMembers(
  context: CliContext,
  client: Client,
  inventory: Inventory,
  progress: Progress,
): Promise<void> {
  const kind = inventory.kinds.find(({ resource }) => resource.kind === 'KubeFedCluster');
  if (kind === undefined) return;
  const options = { signal: context.signal, dryRun: false };
  for (const member of inventory.members) {
    const { name = '', namespace = '' } = member.metadata;
    const secretRef = { name: member.spec.secretRef.name, namespace };
    const secret = await getIfPresent(client, SECRETS, secretRef, context.signal);
    if (secret !== undefined) {
      await releaseAndDelete(client, SECRETS, secret, { orphan: false, signal: context.signal });
      progress.line(outcomeLine(SECRETS, { name: secretRef.name }, 'deleted', options));
    }
    await releaseAndDelete(client, kind.resource, member, { orphan: false, signal: context.signal });
    progress.line(outcomeLine(kind.resource, { name }, 'deleted', options));
  }
}

/** The Multi-Cluster Services API, where `fedctl services enable` installed it and nobody else's ServiceExports are left. */
async function removeServiceKinds(
  context: CliContext,
  client: Client,
  inventory: Inventory,
  progress: Progress,
): Promise<void> {
  if (inventory.namespace === undefined || inventory.limited) return;
  const { signal, clock, options } = context;
  const { uid } = await readControlPlane(client, options.kubefedNamespace, signal);
  const { removed, kept } = await removeServices(client, { controlPlaneUid: uid, keepKinds: false, clock, signal });
  for (const { resource, name } of removed) progress.line(`${resource}/${name} deleted`);
  for (const { resource, name, reason } of kept) progress.warn(`${resource}/${name} stays: ${reason ?? ''}`);
}

async function removeCrds(
  context: CliContext,
  client: Client,
  kinds: readonly OwnKind[],
  progress: Progress,
): Promise<void> {
  const { signal, clock } = context;
  const options = { signal, dryRun: false };
  const names = kinds.map(({ crdName }) => crdName);
  await mapConcurrently(names, WRITES_AT_A_TIME, (name) =>
    deleteIfPresent(client, CUSTOM_RESOURCE_DEFINITIONS, { name }, options),
  );
  await progress.during(`waiting until ${names.length} CRDs are gone`, async () => {
    const deadline = clock.monotonic() + CRDS_GONE_WITHIN_MS;
    let left = [...names];
    for (;;) {
      const crds = await Promise.all(
        left.map((name) =>
          getIfPresent<CustomResourceDefinition>(client, CUSTOM_RESOURCE_DEFINITIONS, { name }, signal),
        ),
      );
      left = crds.flatMap((crd) => crd?.metadata.name ?? []);
      if (left.length === 0) return;
      if (clock.monotonic() > deadline) throw await stuck(context, client, kinds, left);
      // What was written while we worked may bear our finalizers again.
      await releaseStragglers(
        context,
        client,
        kinds.filter(({ crdName }) => left.includes(crdName)),
      );
      await sleep(clock, POLL_MS, signal);
    }
  });
  for (const name of names) progress.line(outcomeLine(CUSTOM_RESOURCE_DEFINITIONS, { name }, 'deleted', options));
}

async function releaseStragglers(context: CliContext, client: Client, kinds: readonly OwnKind[]): Promise<void> {
  const { signal } = context;
  for (const { resource, federated } of kinds) {
    const objects = await listIfServed(client, resource, { metadataOnly: true, signal });
    await mapConcurrently(objects, WRITES_AT_A_TIME, (object) =>
      release(client, resource, object, { orphan: federated, signal }),
    );
  }
}

async function stuck(
  context: CliContext,
  client: Client,
  kinds: readonly OwnKind[],
  left: readonly string[],
): Promise<CliError> {
  const kind = kinds.find(({ crdName }) => left.includes(crdName));
  const objects =
    kind === undefined ? [] : await listIfServed(client, kind.resource, { metadataOnly: true, signal: context.signal });
  const held = objects.find(({ metadata }) => (metadata.finalizers ?? []).length > 0)?.metadata;
  const finalizers = held?.finalizers?.join(', ') ?? '';
  return new CliError(
    held === undefined
      ? `${left.join(', ')} will not go`
      : `${kind?.resource.kind ?? ''} ${held.namespace ?? ''}/${held.name ?? ''} is held by the finalizer ${finalizers}, which is not ours`,
    { hint: 'whoever set it has to take it off; then run the command again' },
  );
}

/** The roles for people, and the controller's own where our manifests made them. */
async function removeRoles(
  context: CliContext,
  client: Client,
  { limited }: Inventory,
  progress: Progress,
): Promise<void> {
  const options = { signal: context.signal, dryRun: false };
  // In the namespaces that were followed.
  for (const { metadata } of await listIfServed(client, ROLE_BINDINGS, {
    labelSelector: PART_OF_FEDMESH,
    ...options,
  })) {
    const { name = '', namespace = '' } = metadata;
    if (name !== FOLLOWING_ROLE) continue;
    const outcome = await deleteIfPresent(client, ROLE_BINDINGS, { name, namespace }, options);
    progress.line(outcomeLine(ROLE_BINDINGS, { name, namespace }, outcome, options));
  }
  const suffix = `:${context.options.kubefedNamespace}`;
  for (const resource of [CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES]) {
    for (const { metadata } of await listIfServed(client, resource, { labelSelector: PART_OF_FEDMESH, ...options })) {
      const ref = { name: metadata.name ?? '' };
      if (limited && !ref.name.endsWith(suffix)) continue;
      progress.line(outcomeLine(resource, ref, await deleteIfPresent(client, resource, ref, options), options));
    }
  }
}

/** What the manifests and the controller put into a namespace that stays, or stays if people live in it. */
async function removeOwnContents(context: CliContext, client: Client, progress: Progress): Promise<void> {
  const { kubefedNamespace: namespace } = context.options;
  const options = { signal: context.signal, dryRun: false };
  for (const resource of await client.discovery.resources(context.signal)) {
    const { namespaced, preferred, verbs } = resource;
    if (!namespaced || !preferred || !['list', 'delete'].every((verb) => verbs.includes(verb))) continue;
    const own = await listIfServed(client, resource, { namespace, labelSelector: PART_OF_FEDMESH, ...options });
    for (const { metadata } of own) {
      const ref = { namespace, name: metadata.name ?? '' };
      progress.line(outcomeLine(resource, ref, await deleteIfPresent(client, resource, ref, options), options));
    }
  }
}

/** It remembers the scope, which the next control plane here is free to choose. */
async function removeLease(context: CliContext, client: Client): Promise<void> {
  const ref = { namespace: context.options.kubefedNamespace, name: LEADER_LEASE };
  await deleteIfPresent(client, LEASES, ref, { signal: context.signal, dryRun: false });
}

async function removeNamespace(
  context: CliContext,
  client: Client,
  inventory: Inventory,
  progress: Progress,
): Promise<void> {
  const { namespace, ownsNamespace } = inventory;
  if (namespace === undefined) return;
  const name = namespace.metadata.name ?? '';
  if (!ownsNamespace) {
    progress.line(`namespace ${name} stays: fedctl did not make it`);
    return;
  }
  if (inventory.limited) {
    const { clock, signal } = context;
    const controlPlaneUid = namespace.metadata.uid ?? '';
    const contents = await progress.during(`looking into namespace ${name}`, () =>
      inspectNamespace(client, name, { controlPlaneUid, clock, signal }),
    );
    if (!contents.empty) {
      progress.line(`namespace ${name} stays: it holds ${describeContents(contents)}`);
      return;
    }
  }
  const options = { signal: context.signal, dryRun: false };
  const outcome = await deleteIfPresent(client, NAMESPACES, namespace.metadata, options);
  const gone = await progress.during(`waiting until namespace ${name} is gone`, () => isGone(context, client, name));
  progress.line(outcomeLine(NAMESPACES, { name }, outcome, options));
  if (!gone)
    progress.line(`namespace ${name} is still terminating: \`kubectl get namespace ${name} -o yaml\` says why`);
}

async function isGone(context: CliContext, client: Client, name: string): Promise<boolean> {
  const { signal, clock } = context;
  const deadline = clock.monotonic() + NAMESPACE_GONE_WITHIN_MS;
  while ((await getIfPresent(client, NAMESPACES, { name }, signal)) !== undefined) {
    if (clock.monotonic() > deadline) return false;
    await sleep(clock, POLL_MS, signal);
  }
  return true;
}
