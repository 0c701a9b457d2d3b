import { MeshError } from '../mesh-error.ts';
import type { MemberNetwork } from '../provider.ts';
import { noEffect, type ServerContext } from './apply-egress.ts';
import { findGateways } from './gateways.ts';
import { clientName } from './names.ts';

/**
 * The WireGuard configuration with which somebody outside reaches what the mesh routes, through this member's gateway; made when it is asked for
 * first, the same ever after. It holds a private key: it belongs to who asked, and nowhere else.
 * @param name the person's or machine's: letters, digits and dashes
 */
export async function inboundConfiguration(
  { client, owner, network }: ServerContext,
  member: MemberNetwork,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const { cluster } = member;
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(name)) {
    const message = `${JSON.stringify(name)} is no name for a client: up to 32 letters, digits and dashes, such as "laptop"`;
    throw new MeshError(message, { code: 'InvalidName', provider: 'netmaker', cluster });
  }
  const id = clientName(owner, name);
  const isThere = async () => (await client.externalClients(network, signal)).find(({ clientid }) => clientid === id);
  const nodes = await client.nodes(network, signal);
  const present = await isThere();
  if (present !== undefined && nodes.some((node) => node.id === present.ingressgatewayid)) {
    return configurationOf(await client.externalClientFile(network, id, signal), name, cluster);
  }
  const { byCluster, problems } = findGateways(owner, [member], await client.hosts(signal), nodes);
  const [gateway] = byCluster.get(cluster) ?? [];
  if (gateway === undefined) {
    const message = `"${cluster}" has no gateway that ${name} could connect to: ${problems.map((problem) => problem.message).join('; ')}`;
    throw new MeshError(message, { code: 'GatewayMissing', provider: 'netmaker', cluster });
  }
  // The gateway that it was for is gone, and the keys with it.
  if (present !== undefined) await client.deleteExternalClient(network, id, signal);
  if (!gateway.isGateway) await client.createGateway(network, gateway.id, signal);
  await client.createExternalClient(network, gateway.id, id, signal);
  if ((await isThere()) === undefined)
    throw noEffect(`Netmaker says that it made the client ${id}, and does not list it`, cluster);
  return configurationOf(await client.externalClientFile(network, id, signal), name, cluster);
}

function configurationOf(text: string, name: string, cluster: string): string {
  if (/^\s*\[Interface\]/.test(text)) return text;
  throw new MeshError(
    `Netmaker answered with something else than a WireGuard configuration for ${name}: it is tried again`,
    {
      code: 'UnexpectedAnswer',
      provider: 'netmaker',
      cluster,
    },
  );
}
