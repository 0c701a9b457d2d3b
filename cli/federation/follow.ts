import {
  type FederatedTypeConfig,
  federatedResourceOf,
  isNamespaceType,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject, FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import { FOLLOW_LABEL, FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { copyOnly, digestOf, markOf } from '../../controller/following/copy.ts';
import { asksToFollow, followableTypes, isNeverFollowed } from '../../controller/following/followed-namespaces.ts';
import { followPatch } from '../../controller/following/patch.ts';
import type { Client } from '../../controller/kube/client.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { listIfServed } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused } from '../exit.ts';
import type { Progress } from '../output/progress.ts';
import { grantFollowing } from './following-rights.ts';
import { isSkipped } from './kinds-to-federate.ts';

/** What must not be followed, said before anything is written. */
export function assertFollowable(context: CliContext, namespace: string): void {
  if (!isNeverFollowed(namespace, context.options.kubefedNamespace)) return;
  throw refused(
    `namespace ${namespace} holds what runs the cluster, or the federation: it cannot be followed`,
    'what is meant to run in the members goes into a namespace of its own',
  );
}

/** Kinds that are federated are followed, so they cannot be skipped. */
export async function assertNotSkipped(
  context: CliContext,
  client: Client,
  configs: readonly FederatedTypeConfig[],
  words: readonly string[],
): Promise<void> {
  if (words.length === 0) return;
  const enabled = new Set(followableTypes(configs).map(({ target }) => groupResourceOf(target)));
  const served = await client.discovery.resources(context.signal);
  const skipped = served.find((kind) => enabled.has(groupResourceOf(kind)) && isSkipped(kind, words));
  if (skipped === undefined) return;
  const name = groupResourceOf(skipped);
  throw refused(
    `${name} is federated, and --follow follows every kind that is: it cannot be skipped`,
    `the label ${FOLLOW_LABEL}=false leaves single objects out; \`fedctl disable ${name}\` the kind, everywhere`,
  );
}

/** A federated object that is to follow what it was made of. */
export function following(object: FederatedObject, original: KubeObject): FederatedObject {
  const annotations = { ...object.metadata.annotations, [FOLLOWED_FROM_ANNOTATION]: original.metadata.uid ?? '' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** A FederatedNamespace that has its namespace followed. */
export function followed(object: FederatedObject): FederatedObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [FOLLOW_LABEL]: 'true' } } };
}

/**
 * Has a federated object that was there before follow the plain one, if it says the same or followed before. A person's own that says
 * something else stays as it is.
 * @returns what a person should know of it
 */
export async function takeUp(
  context: CliContext,
  client: Client,
  resource: Resource,
  objects: { present: FederatedObject; wanted: FederatedObject },
): Promise<string> {
  const { present, wanted } = objects;
  const mark = markOf(wanted) ?? '';
  const copy = copyOnly(present);
  const template = wanted.spec.template ?? {};
  const equal = copy.digest === digestOf(template);
  if (markOf(copy) === mark && equal) return '';
  if (markOf(copy) === undefined && !equal) {
    return `, not made by following and with another template: left as it is (the annotation ${FOLLOWED_FROM_ANNOTATION}="" lets it follow)`;
  }
  if (!context.options.dryRun) await patchMark(context, client, resource, { present, uid: mark, template });
  return ', follows from now on';
}

async function patchMark(
  context: CliContext,
  client: Client,
  resource: Resource,
  { present, uid, template }: { present: FederatedObject; uid: string; template: FederatedTemplate },
): Promise<void> {
  const { name = '', namespace = '' } = present.metadata;
  const { signal } = context;
  const copy = copyOnly(present);
  if (markOf(copy) === undefined) {
    const { uid: itself } = present.metadata;
    const body = { metadata: { uid: itself, annotations: { [FOLLOWED_FROM_ANNOTATION]: uid } } };
    await client.patch(resource, { name, namespace }, { type: 'merge', body }, { signal });
    return;
  }
  const body = followPatch(copy, { uid, template, digest: digestOf(template) });
  await client.patch(resource, { name, namespace }, { type: 'json', body }, { signal });
}

/** Rights first, the label last: from then on the controller does the rest. */
export async function startFollowing(
  context: CliContext,
  client: Client,
  options: { namespace: string; configs: readonly FederatedTypeConfig[]; progress: Progress },
): Promise<void> {
  const { namespace, configs, progress } = options;
  const { dryRun } = context.options;
  await grantFollowing(context, client, options);
  const resource = federatedNamespacesOf(configs);
  const present = await listIfServed(client, resource, { namespace, signal: context.signal });
  if (present.some(asksToFollow)) {
    progress.line(`namespace ${namespace} is followed already`);
    return;
  }
  const speaking = present.find(({ metadata }) => metadata.name === namespace) ?? present[0];
  if (speaking === undefined && !dryRun) {
    throw new CliError(`there is no FederatedNamespace in namespace ${namespace} any more`, {
      hint: 'somebody deleted it meanwhile: run the command again',
    });
  }
  if (speaking !== undefined && !dryRun) await label(context, client, resource, speaking, 'true');
  progress.line(
    `namespace ${namespace} is followed: what is created, changed or deleted there is federated along${dryRun ? ' (dry run)' : ''}`,
  );
}

export function federatedNamespacesOf(configs: readonly FederatedTypeConfig[]): Resource {
  const config = configs.find(isNamespaceType);
  if (config !== undefined) return federatedResourceOf(config);
  throw new CliError('namespaces are not federated', { hint: '`fedctl enable namespaces`' });
}

export async function label(
  context: CliContext,
  client: Client,
  resource: Resource,
  { metadata }: KubeObject,
  value: 'true' | null,
): Promise<void> {
  const { name = '', namespace = '' } = metadata;
  const body = { metadata: { labels: { [FOLLOW_LABEL]: value } } };
  await client.patch(resource, { name, namespace }, { type: 'merge', body }, { signal: context.signal });
}
