import type { LabCluster, LabNode } from './cluster.ts';

/** Routes and rules of nodes, without what only counts. */
export async function rulesOf(nodes: readonly LabNode[]): Promise<Record<string, string>> {
  const all = await Promise.all(nodes.map(async (node) => [node.name, await rulesOn(node)]));
  return Object.fromEntries(all) as Record<string, string>;
}

async function rulesOn({ machine }: LabNode): Promise<string> {
  const [routes = '', routes6 = '', rules = ''] = await Promise.all([
    machine.output('ip', ['-4', 'route', 'show']),
    machine.output('ip', ['-6', 'route', 'show']),
    machine.output('nft', ['-s', 'list', 'ruleset']),
  ]);
  // Interfaces get these by themselves, when they are ready.
  const lasting = routes6.split('\n').filter((line) => !line.startsWith('fe80:'));
  return [routes, ...lasting, rules].join('\n');
}

/** What network plugins do unasked: the node's address on all that leaves the cluster. */
export async function pluginMasquerades({ nodes, podCIDRs }: LabCluster): Promise<void> {
  const rule = `ip saddr ${podCIDRs[0]} ip daddr != ${podCIDRs[0]} masquerade`;
  const chain = `chain postrouting { type nat hook postrouting priority 100; ${rule}; }`;
  await Promise.all(nodes.map(({ machine }) => machine.nft(`table ip plugin {\n  ${chain}\n}`)));
}
