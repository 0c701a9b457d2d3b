import type { IpFamily, IpRange } from '../../../apis/meta/ip-range.ts';
import { ofFamily } from './addresses.ts';
import type { NodePlan } from './route-plan.ts';
import type { Translation } from './topology.ts';

/** The table's name: everything in it is ours, and removing it undoes all. */
export const TABLE = 'fedmesh';

/**
 * Two things for one address family, as `nft -f` reads it; the empty text where there is nothing to do.
 * - Pods keep their address towards other members. The source is translated to itself, early: a connection is translated once, so that every
 *   masquerade that comes later (the network plugin's, kube-proxy's) passes it by, whoever wrote it and whenever.
 * - Ranges that collide are translated one for one, on the way in and on the way out.
 *
 * @param stamp name of an empty chain by which the table's version is known; not a comment, which nftables before 0.9.7 does not take
 */
export function nftTable(family: IpFamily, plan: NodePlan, stamp: string): string {
  const local = ofFamily(family, plan.local);
  const remote = ofFamily(family, plan.remote);
  if (local.length === 0 || remote.length === 0) return '';
  const ip = family === 4 ? 'ip' : 'ip6';
  const translations = plan.translations.filter(({ real }) => real.family === family);
  return [
    // Made first, so that deleting it never fails: the whole is one transaction.
    `table ${ip} ${TABLE}`,
    `delete table ${ip} ${TABLE}`,
    `table ${ip} ${TABLE} {`,
    `  chain ${stamp} {`,
    '  }',
    '  set remote {',
    `    type ipv${family}_addr`,
    '    flags interval',
    `    elements = { ${list(remote)} }`,
    '  }',
    ...translationChains(ip, translations),
    '  chain keep-source {',
    '    type nat hook postrouting priority 90; policy accept;',
    `    ${ip} daddr @remote snat ${ip} prefix to ${ip} saddr map { ${local.map((range) => pair(range, range)).join(', ')} } comment "fedmesh"`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Before kube-proxy looks for Services on the way in, and before `keep-source` on the way out. */
function translationChains(ip: string, translations: readonly Translation[]): string[] {
  if (translations.length === 0) return [];
  const inward = translations.map(({ real, virtual }) => pair(virtual, real)).join(', ');
  const outward = translations.map(({ real, virtual }) => pair(real, virtual)).join(', ');
  return [
    '  chain translate-in {',
    '    type nat hook prerouting priority -110; policy accept;',
    `    ${ip} saddr @remote dnat ${ip} prefix to ${ip} daddr map { ${inward} } comment "fedmesh"`,
    '  }',
    '  chain translate-out {',
    '    type nat hook postrouting priority 80; policy accept;',
    `    ${ip} daddr @remote snat ${ip} prefix to ${ip} saddr map { ${outward} } comment "fedmesh"`,
    '  }',
  ];
}

function pair(from: IpRange, to: IpRange): string {
  return `${from.text} : ${to.text}`;
}

function list(ranges: readonly IpRange[]): string {
  return ranges.map(({ text }) => text).join(', ');
}
