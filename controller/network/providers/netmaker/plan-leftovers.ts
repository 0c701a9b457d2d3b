import type { MemberNetwork } from '../provider.ts';
import { action } from './action.ts';
import { clusterOfTag, isOwnClient, keyTag, readMark } from './names.ts';
import type { NetmakerAction, NetmakerState } from './state.ts';

/** Of members that have left: their keys, and the machines that joined with those, by the name that the manifest gave them. */
export function leftovers(owner: string, departed: readonly string[], observed: NetmakerState): NetmakerAction[] {
  return departed.flatMap((cluster) => {
    const tag = keyTag(owner, cluster);
    const hosts = observed.hosts.filter(({ name }) => name.startsWith(`${tag}-`));
    const keys = observed.keys.filter((key) => key.tag === tag);
    const why = `${cluster} has left`;
    return [
      ...keys.map(() => action('delete', 'enrollment key', tag, why, { kind: 'delete-key', tag }, cluster)),
      ...clientsOf(owner, cluster, observed).map((id) =>
        action('delete', 'external client', id, why, { kind: 'delete-client', id }, cluster),
      ),
      ...hosts.map(({ id, name }) => action('delete', 'host', name, why, { kind: 'delete-host', id, name }, cluster)),
    ];
  });
}

/** Ways in through a member's gateways, which are gone with them. */
function clientsOf(owner: string, cluster: string, { egresses, hosts, nodes, clients }: NetmakerState): string[] {
  const routing = egresses.filter(({ description }) => readMark(owner, description)?.cluster === cluster);
  const joined = hosts.filter(({ name }) => name.startsWith(`${keyTag(owner, cluster)}-`)).map(({ id }) => id);
  const gateways = new Set([
    ...routing.flatMap((egress) => Object.keys(egress.nodes ?? {})),
    ...nodes.filter(({ hostid }) => joined.includes(hostid)).map(({ id }) => id),
  ]);
  return clients.filter(({ id, gateway }) => isOwnClient(owner, id) && gateways.has(gateway)).map(({ id }) => id);
}

/** Members that are gone, as what they left behind tells. */
export function departedFrom(owner: string, members: readonly MemberNetwork[], observed: NetmakerState): string[] {
  const present = new Set(members.map(({ cluster }) => cluster));
  const tagged = new Set(members.map(({ cluster }) => keyTag(owner, cluster)));
  const { egresses, policies, keys, hosts } = observed;
  const marked = [...egresses.map(({ description }) => description), ...policies.map(({ meta_data }) => meta_data)];
  const named = [...keys.map(({ tag }) => tag), ...hosts.map(({ name }) => name)];
  const found = [
    ...marked.flatMap((text) => readMark(owner, text)?.cluster ?? []),
    ...named.flatMap((text) => clusterOfTag(owner, text) ?? []),
  ];
  // A name of a member that is there may have been changed on its way into a tag.
  return [...new Set(found)].filter((cluster) => !present.has(cluster) && !tagged.has(keyTag(owner, cluster))).sort();
}
