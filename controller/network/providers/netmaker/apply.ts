import { MeshError } from '../mesh-error.ts';
import type { Network, Node, PolicyBody } from './api.ts';
import { deleteEgress, noEffect, putEgress, type ServerContext } from './apply-egress.ts';
import { describeMark, isOwnClient, policyName, readMark } from './names.ts';
import type { NetmakerAction, NetmakerStep } from './state.ts';

/** Takes one step of a plan, unless it is taken already, and reads back what came out: a 200 proves nothing. */
export async function applyNetmaker(
  context: ServerContext,
  { step, cluster }: NetmakerAction,
  signal: AbortSignal,
): Promise<void> {
  switch (step.kind) {
    case 'create-network':
      return createNetwork(context, step.network, signal);
    case 'set-virtual-pool':
      return setVirtualPool(context, step, signal);
    case 'create-key':
      return createKey(context, step.tag, cluster, signal);
    case 'delete-key':
      return deleteKey(context, step.tag, cluster, signal);
    case 'put-egress':
      return putEgress(context, step.egress, step.id, signal);
    case 'delete-egress':
      return deleteEgress(context, step.id, signal);
    case 'create-gateway':
      return createGateway(context, step.node, cluster, signal);
    case 'assign-gateway':
      return assignGateway(context, step, cluster, signal);
    case 'unassign-gateway':
      return unassignGateway(context, step, cluster, signal);
    case 'put-policy':
      return putPolicy(context, step, signal);
    case 'delete-policy':
      return deletePolicy(context, step.id, cluster, signal);
    case 'delete-client':
      return deleteClient(context, step.id, cluster, signal);
    case 'delete-host':
      return deleteHost(context, step, cluster, signal);
  }
}

type Step<Kind extends NetmakerStep['kind']> = Extract<NetmakerStep, { kind: Kind }>;

async function createNetwork({ client }: ServerContext, network: Network, signal: AbortSignal): Promise<void> {
  if ((await client.network(network.netid, signal)) === undefined) {
    await hinted(
      client.createNetwork(network, signal),
      'If its addresses are in use, choose others (spec.netmaker.addressRange)',
    );
  }
  const made = await client.network(network.netid, signal);
  if (made === undefined)
    throw noEffect(`Netmaker says that it made the network ${network.netid}, and does not have it`, undefined);
  for (const field of ['addressrange', 'addressrange6'] as const) {
    const wanted = network[field];
    if (wanted === undefined || made[field] === wanted) continue;
    throw noEffect(
      `Netmaker made the network ${network.netid} with the addresses ${made[field] || 'none'} instead of ${wanted}`,
      undefined,
    );
  }
}

async function setVirtualPool(
  context: ServerContext,
  step: Step<'set-virtual-pool'>,
  signal: AbortSignal,
): Promise<void> {
  const { client, network } = context;
  const isSet = (found: Network | undefined) =>
    found?.virtual_nat_pool_ipv4 === step.pool && found.virtual_nat_site_prefixlen_ipv4 === step.sitePrefix;
  const present = await client.network(network, signal);
  if (present === undefined) throw noEffect(`Netmaker has no network ${network} any more`, undefined);
  if (isSet(present)) return;
  // The whole object goes back: what is left out would be lost.
  const changed = { ...present, virtual_nat_pool_ipv4: step.pool, virtual_nat_site_prefixlen_ipv4: step.sitePrefix };
  await client.updateNetwork(changed, signal);
  if (isSet(await client.network(network, signal))) return;
  throw noEffect(
    `Netmaker did not take ${step.pool} (/${step.sitePrefix}) for virtual ranges of the network ${network}: set it there`,
    undefined,
  );
}

async function createKey(
  context: ServerContext,
  tag: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { client, network } = context;
  const isThere = async () =>
    (await client.enrollmentKeys(signal)).some(
      ({ tags, networks }) => tags?.includes(tag) === true && networks?.includes(network) === true,
    );
  if (await isThere()) return;
  await client.createEnrollmentKey(tag, network, signal);
  if (!(await isThere()))
    throw noEffect(`Netmaker says that it made the enrolment key ${tag}, and does not list it`, cluster);
}

async function deleteKey(
  { client }: ServerContext,
  tag: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const find = async () => (await client.enrollmentKeys(signal)).find(({ tags }) => tags?.includes(tag) === true);
  const present = await find();
  if (present === undefined) return;
  await client.deleteEnrollmentKey(present.value, signal);
  if ((await find()) !== undefined)
    throw noEffect(`Netmaker says that it deleted the enrolment key ${tag}, and still lists it`, cluster);
}

async function createGateway(
  context: ServerContext,
  id: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if ((await nodeOf(context, id, signal))?.is_gw === true) return;
  await context.client.createGateway(context.network, id, signal);
  if ((await nodeOf(context, id, signal))?.is_gw === true) return;
  throw noEffect(`Netmaker says that the node ${id} is a gateway now, and it is not`, cluster);
}

async function assignGateway(
  context: ServerContext,
  { node, gateway }: Step<'assign-gateway'>,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if ((await nodeOf(context, node, signal))?.relayedby === gateway) return;
  await context.client.assignGateway(context.network, node, gateway, signal);
  if ((await nodeOf(context, node, signal))?.relayedby === gateway) return;
  throw noEffect(`Netmaker says that the node ${gateway} relays for ${node} now, and it does not`, cluster);
}

async function unassignGateway(
  context: ServerContext,
  { node, gateway }: Step<'unassign-gateway'>,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if ((await nodeOf(context, node, signal))?.relayedby !== gateway) return;
  await context.client.unassignGateway(context.network, node, signal);
  if ((await nodeOf(context, node, signal))?.relayedby !== gateway) return;
  throw noEffect(`Netmaker says that the node ${gateway} no longer relays for ${node}, and it does`, cluster);
}

async function nodeOf({ client, network }: ServerContext, id: string, signal: AbortSignal): Promise<Node | undefined> {
  return (await client.nodes(network, signal)).find((node) => node.id === id);
}

/** One policy for a member: every device of the network may reach what is routed to it. */
async function putPolicy(
  context: ServerContext,
  { cluster, egresses, ranges }: Step<'put-policy'>,
  signal: AbortSignal,
): Promise<void> {
  const { client, owner, network } = context;
  const made = (await client.egresses(network, signal)).filter(
    ({ range, description }) => ranges.includes(range) && readMark(owner, description)?.cluster === cluster,
  );
  const ids = [...egresses, ...made.map(({ id }) => id)];
  const body: PolicyBody = {
    name: policyName(owner, cluster),
    meta_data: describeMark(owner, `what is routed to ${cluster}`, { cluster }),
    network_id: network,
    policy_type: 'device-policy',
    src_type: [{ id: 'tag', value: '*' }],
    dst_type: ids.map((value) => ({ id: 'egress-id', value })),
    protocol: 'all',
    type: 'Any',
    ports: [],
    allowed_traffic_direction: 1,
    enabled: true,
  };
  const find = async () =>
    (await client.policies(network, signal)).find(({ meta_data }) => readMark(owner, meta_data)?.cluster === cluster);
  const present = await find();
  const hint = 'Some versions let no policy be made with the master key: use an access token of an administrator';
  if (present === undefined) await hinted(client.createPolicy(body, signal), hint);
  else await client.updatePolicy({ ...body, id: present.id }, signal);
  const done = await find();
  const allowed = (done?.dst_type ?? []).map(({ value }) => value);
  if (done?.enabled === true && ids.every((id) => allowed.includes(id))) return;
  throw noEffect(`Netmaker says that its policy lets devices reach ${cluster}, and the policy does not`, cluster);
}

async function deletePolicy(
  { client, owner, network }: ServerContext,
  id: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const isThere = async () =>
    (await client.policies(network, signal)).some(
      (policy) => policy.id === id && readMark(owner, policy.meta_data) !== undefined,
    );
  if (!(await isThere())) return;
  await client.deletePolicy(id, signal);
  if (await isThere()) throw noEffect(`Netmaker says that it deleted the policy ${id}, and still has it`, cluster);
}

async function deleteHost(
  { client }: ServerContext,
  { id, name }: Step<'delete-host'>,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const isThere = async () => (await client.hosts(signal)).some((host) => host.id === id && host.name === name);
  if (!(await isThere())) return;
  await client.deleteHost(id, signal);
  if (await isThere()) throw noEffect(`Netmaker says that it deleted the host ${name}, and still has it`, cluster);
}

export async function deleteClient(
  { client, owner, network }: ServerContext,
  id: string,
  cluster: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const isThere = async () =>
    isOwnClient(owner, id) && (await client.externalClients(network, signal)).some(({ clientid }) => clientid === id);
  if (!(await isThere())) return;
  await client.deleteExternalClient(network, id, signal);
  if (await isThere()) throw noEffect(`Netmaker says that it deleted the client ${id}, and still lists it`, cluster);
}

/** What was refused may have a reason that the server does not tell. */
async function hinted(done: Promise<unknown>, hint: string): Promise<void> {
  try {
    await done;
  } catch (cause) {
    if (!(cause instanceof MeshError) || cause.code !== 'Refused') throw cause;
    const { code, provider, cluster, status } = cause;
    throw new MeshError(`${cause.message}. ${hint}`, { code, provider, cluster, status, cause });
  }
}
