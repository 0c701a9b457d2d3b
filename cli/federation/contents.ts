import { type FederatedTypeConfig, targetResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { FOLLOW_LABEL } from '../../apis/well-known.ts';
import { isLocalKind, reasonToLeaveOut } from '../../controller/following/leave-out.ts';
import { originalLook } from '../../controller/following/original.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { ApiError } from '../../controller/kube/errors.ts';
import { groupResourceOf } from '../../controller/kube/resource.ts';
import { mapConcurrently } from '../concurrently.ts';
import { isSkipped, missingVerbs } from './kinds-to-federate.ts';

const LISTS_AT_A_TIME = 8;

export interface ContentsOfKind {
  readonly served: ServedResource;
  /** The type config, where the kind is enabled. */
  readonly config: FederatedTypeConfig | undefined;
  readonly objects: readonly KubeObject[];
}

export interface Contents {
  /** Kinds that have something to federate, in the order in which the API server names them. */
  readonly kinds: readonly ContentsOfKind[];
  /** `replicasets.apps/web-5d9: made by Deployment web` */
  readonly leftOut: readonly string[];
  /** What could not be looked at, and why. */
  readonly unreadable: readonly string[];
}

/** Everything in a namespace that people put there. */
export async function readContents(
  client: Client,
  namespace: string,
  options: { configs: readonly FederatedTypeConfig[]; skip: readonly string[]; follow: boolean; signal: AbortSignal },
): Promise<Contents> {
  const served = await client.discovery.resources(options.signal);
  const kinds = served.filter(
    (kind) =>
      kind.namespaced &&
      kind.preferred &&
      !isLocalKind(kind) &&
      !isSkipped(kind, options.skip) &&
      missingVerbs(kind).length === 0,
  );
  const found = await mapConcurrently(kinds, LISTS_AT_A_TIME, (kind) => readKind(client, namespace, kind, options));
  return {
    kinds: found.flatMap(({ contents }) => (contents.objects.length === 0 ? [] : [contents])),
    leftOut: found.flatMap(({ leftOut }) => leftOut),
    unreadable: [
      ...found.flatMap(({ unreadable }) => (unreadable === undefined ? [] : [unreadable])),
      ...client.discovery.unavailableGroups.map((group) => `${group}: the API server cannot say what it serves there`),
    ],
  };
}

async function readKind(
  client: Client,
  namespace: string,
  served: ServedResource,
  options: { configs: readonly FederatedTypeConfig[]; follow: boolean; signal: AbortSignal },
): Promise<{ contents: ContentsOfKind; leftOut: string[]; unreadable?: string }> {
  const name = groupResourceOf(served);
  const config = options.configs.find((each) => each.metadata.name === name);
  const resource = config === undefined ? served : targetResourceOf(config);
  const leftOut: string[] = [];
  try {
    const { items } = await client.listAll(resource, { namespace, signal: options.signal });
    const objects = items.filter((object) => {
      const reason =
        reasonToLeaveOut(object, resource) ?? (options.follow ? reasonNotToFollow(object, resource) : undefined);
      if (reason !== undefined) leftOut.push(`${name}/${object.metadata.name ?? ''}: ${reason}`);
      return reason === undefined;
    });
    return { contents: { served, config, objects }, leftOut };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { contents: { served, config, objects: [] }, leftOut, unreadable: `${name}: ${error.message}` };
  }
}

/** What the controller would not follow either. */
function reasonNotToFollow(object: KubeObject, resource: Resource): string | undefined {
  switch (originalLook(object, resource).standing) {
    case 'leftOut':
      return `labelled ${FOLLOW_LABEL}=false`;
    case 'copy':
      return 'a copy of a federated object';
    default:
      return undefined;
  }
}
