import type { Command } from 'commander';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';

/** In `managedFields`, for what a person applies with fedctl. */
const FIELD_MANAGER = 'fedctl';

export interface TargetFlags {
  context?: string;
  namespace?: string;
}

/** The API server that a command on plain objects speaks to, and the namespace that is meant when none is named. */
export interface Target {
  readonly client: Client;
  readonly namespace: string;
  /** A person named it: what says otherwise is a mistake. */
  readonly namespaceIsNamed: boolean;
}

/** `--context` and `-n`, which mean the same to `apply`, `get` and `delete`. */
export function addTargetOptions(command: Command): Command {
  return command
    .option('--context <context>', "the cluster, by its kubeconfig context (else the host's)")
    .option('-n, --namespace <namespace>', "the namespace (else the context's, else default)");
}

export async function openTarget(context: CliContext, flags: TargetFlags): Promise<Target> {
  const name = flags.context || (await context.hostContextName());
  const endpoint = await context.endpointOf(name);
  const { contexts } = await context.kubeconfig();
  const own = contexts.find((known) => known.name === name)?.namespace;
  return {
    client: context.clientOf(endpoint, { fieldManager: FIELD_MANAGER }),
    namespace: flags.namespace || own || 'default',
    namespaceIsNamed: Boolean(flags.namespace),
  };
}

/** Where an object belongs: its own namespace, or the one that is meant; none for kinds without. */
export function namespaceFor(
  target: Target,
  resource: Pick<ServedResource, 'namespaced'>,
  object: KubeObject,
): string | undefined {
  if (!resource.namespaced) return undefined;
  const own = object.metadata.namespace || undefined;
  if (own !== undefined && target.namespaceIsNamed && own !== target.namespace) {
    throw usageError(
      `${object.kind ?? 'object'} "${object.metadata.name ?? ''}" belongs to namespace ${own}, not to ${target.namespace}`,
      'leave -n out, or change metadata.namespace',
    );
  }
  return own ?? target.namespace;
}

/** The kinds that a word means: one, or those of a category such as `all`. */
export async function kindsNamed(
  client: Client,
  word: string,
  signal: AbortSignal,
): Promise<readonly ServedResource[]> {
  const one = await client.discovery.resolve(word, signal);
  if (one !== undefined) return [one];
  const served = await client.discovery.resources(signal);
  const members = served.filter(({ categories, preferred }) => preferred && categories.includes(word.toLowerCase()));
  if (members.length > 0) return members;
  throw new CliError(`${client.cluster} serves no kind "${word}"`, {
    hint: `\`fedctl get customresourcedefinitions${contextFlag(client)}\` shows the kinds that were added to it`,
  });
}

/** The kind of an object as its server serves it; undefined when it does not. */
export function kindOf(client: Client, object: KubeObject, signal: AbortSignal): Promise<ServedResource | undefined> {
  const { apiVersion = '', kind = '' } = object;
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  return client.discovery.find({ group, version, kind }, signal);
}

/** `deployments.apps` and names, from `deploy web api`, `deploy/web svc/web` or `deploy,svc`. */
export interface Selected {
  readonly kind: ServedResource;
  /** Empty: all that there are. */
  readonly names: readonly string[];
}

export async function selectedBy(client: Client, words: readonly string[], signal: AbortSignal): Promise<Selected[]> {
  const [first, ...rest] = words;
  if (first === undefined) throw usageError('which kind?', 'deployments, deploy/web, pods,services, all');
  if (first.includes('/')) {
    const selected: Selected[] = [];
    for (const word of words) {
      const slash = word.indexOf('/');
      const [kind, name] = [word.slice(0, slash), word.slice(slash + 1)];
      if (slash <= 0 || name === '' || name.includes('/')) {
        throw usageError(`"${word}" is not KIND/NAME`, 'write deploy/web svc/web, or one kind and then its names');
      }
      for (const found of await kindsNamed(client, kind, signal)) selected.push({ kind: found, names: [name] });
    }
    return selected;
  }
  const slashed = rest.find((word) => word.includes('/'));
  if (slashed !== undefined)
    throw usageError(`"${slashed}" cannot follow "${first}"`, 'write KIND/NAME for each of them');
  const kinds: ServedResource[] = [];
  for (const word of first.split(',').filter((part) => part !== '')) {
    for (const kind of await kindsNamed(client, word, signal)) {
      if (!kinds.some((known) => groupResourceOf(known) === groupResourceOf(kind))) kinds.push(kind);
    }
  }
  return kinds.map((kind) => ({ kind, names: rest }));
}

function contextFlag(client: Client): string {
  return ` --context ${client.cluster}`;
}
