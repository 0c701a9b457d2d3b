import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { MANAGED_LABEL } from '../../apis/well-known.ts';
import { endpointOf, type Secret } from '../../controller/clusters/endpoint.ts';
import { SecretCredentials } from '../../controller/clusters/secret-credentials.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NODES, SECRETS, SERVICES } from '../../controller/kube/core-kinds.ts';
import { isForbidden, isUnauthorized } from '../../controller/kube/errors.ts';
import type { CliContext } from '../context.ts';
import { personalClient } from '../federation/member-context.ts';
import { oneLine } from '../output/errors.ts';
import type { ServiceReport } from './model.ts';
import { type Node, type Service, serviceReport } from './services.ts';

/** A member that says nothing within this time is shown as silent; the table does not wait for it. */
const PATIENCE_MS = 3000;
const NODES_AT_MOST = 50;

/** A Service that is placed on a member. */
export interface PlacedService {
  readonly namespace: string;
  readonly name: string;
  readonly cluster: string;
}

/** How each member serves its Services, asked of all at once. Never fails: what could not be learned says why. */
export async function readServices(
  context: CliContext,
  host: Client,
  members: readonly KubeFedCluster[],
  placed: readonly PlacedService[],
  /** The only namespace that the controller's credentials may list; undefined: all. */
  only: string | undefined,
): Promise<ServiceReport[]> {
  const reports = await Promise.all(
    members.map((member) => {
      const wanted = placed.filter((service) => service.cluster === member.metadata.name);
      return wanted.length === 0 ? [] : readFromMember(context, host, member, wanted, only);
    }),
  );
  return reports.flat().sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function readFromMember(
  context: CliContext,
  host: Client,
  member: KubeFedCluster,
  wanted: readonly PlacedService[],
  only: string | undefined,
): Promise<ServiceReport[]> {
  const tooSlow = new AbortController();
  const cancel = context.clock.after(PATIENCE_MS, () =>
    tooSlow.abort(new Error(`no answer within ${PATIENCE_MS / 1000} s`)),
  );
  const signal = AbortSignal.any([context.signal, tooSlow.signal]);
  try {
    const { services, nodes } = await ask(context, host, member, { only, signal });
    return wanted.map((service) => {
      const found = services.find(
        ({ metadata }) => metadata.namespace === service.namespace && metadata.name === service.name,
      );
      return found === undefined ? { ...service, error: 'not there' } : serviceReport(found, service.cluster, nodes);
    });
  } catch (error) {
    if (context.signal.aborted) throw error;
    const reason = error instanceof Error ? oneLine(error.message) : String(error);
    return wanted.map((service) => ({ ...service, error: reason }));
  } finally {
    cancel();
  }
}

/** With the credentials that the controller uses; where these may not, with the person's own. */
async function ask(
  context: CliContext,
  host: Client,
  member: KubeFedCluster,
  { only, signal }: { only: string | undefined; signal: AbortSignal },
) {
  const client = memberClient(context, host, member, signal);
  const where = only === undefined ? {} : { namespace: only };
  const selection = { ...where, labelSelector: `${MANAGED_LABEL}=true`, signal };
  const list = async (from: Client) => (await from.listAll<Service>(SERVICES, selection)).items;
  let other: Promise<Client | undefined> | undefined;
  const personal = () => {
    other ??= personalClient(context, member, signal);
    return other;
  };
  const listNodes = async (from: Client) => (await from.list<Node>(NODES, { limit: NODES_AT_MOST, signal })).items;
  const orPersonally = async <T>(read: (from: Client) => Promise<T>): Promise<T> => {
    try {
      return await read(client);
    } catch (error) {
      if (!isForbidden(error) && !isUnauthorized(error)) throw error;
      const second = await personal();
      if (second === undefined) throw error;
      return read(second);
    }
  };
  const services = await orPersonally(list);
  const nodes = services.some(needsNodes) ? await orPersonally(listNodes).catch(ignoreForbidden) : [];
  return { services, nodes };
}

function memberClient(context: CliContext, host: Client, member: KubeFedCluster, signal: AbortSignal): Client {
  const { name = '', namespace = '' } = member.metadata;
  const secretName = member.spec.secretRef.name;
  const credentials = new SecretCredentials({
    cluster: name,
    secretName,
    cached: () => undefined,
    read: () => host.get<Secret>(SECRETS, { name: secretName, namespace }, { signal }),
  });
  return context.clientOf(endpointOf(member, credentials), { timeoutMs: PATIENCE_MS, connectTimeoutMs: PATIENCE_MS });
}

function needsNodes({ spec }: Service): boolean {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer';
}

/** The ports are worth showing without the nodes' addresses. */
function ignoreForbidden(error: unknown): Node[] {
  if (isForbidden(error)) return [];
  throw error;
}

function keyOf({ namespace, name, cluster }: PlacedService): string {
  return `${namespace}/${name}/${cluster}`;
}
