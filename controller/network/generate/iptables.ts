import type { IpFamily } from '../../../apis/meta/ip-range.ts';
import { ofFamily } from './addresses.ts';
import type { NodePlan } from './route-plan.ts';

/**
 * Chains of our own, as `iptables-restore --noflush` reads them; the empty text where there is nothing to do. Declaring a chain there empties it, so that
 * it may be applied again and again. The stamp stands in each chain's first rule.
 *
 * FEDMESH-FORWARD lets packets between members through where the policy of FORWARD is DROP (Docker sets it so).
 */
export function iptablesForward(family: IpFamily, plan: NodePlan, stamp: string): string {
  const local = ofFamily(family, plan.local);
  const remote = ofFamily(family, plan.remote);
  if (local.length === 0 || remote.length === 0) return '';
  return restore(
    'filter',
    ['FEDMESH-FORWARD', 'FEDMESH-IN', 'FEDMESH-OUT'],
    [
      `-A FEDMESH-FORWARD ${comment(stamp)}`,
      ...local.map(({ text }) => `-A FEDMESH-FORWARD -s ${text} ${comment('fedmesh')} -j FEDMESH-OUT`),
      ...local.map(({ text }) => `-A FEDMESH-FORWARD -d ${text} ${comment('fedmesh')} -j FEDMESH-IN`),
      ...remote.map(({ text }) => `-A FEDMESH-OUT -d ${text} ${comment('fedmesh')} -j ACCEPT`),
      ...remote.map(({ text }) => `-A FEDMESH-IN -s ${text} ${comment('fedmesh')} -j ACCEPT`),
    ],
  );
}

/** For nodes without nft: at the head of POSTROUTING, so that no rule that masquerades is reached. */
export function iptablesNoMasquerade(family: IpFamily, plan: NodePlan, stamp: string): string {
  const local = ofFamily(family, plan.local);
  const remote = ofFamily(family, plan.remote);
  if (local.length === 0 || remote.length === 0) return '';
  return restore(
    'nat',
    ['FEDMESH-POSTROUTING', 'FEDMESH-KEEP'],
    [
      `-A FEDMESH-POSTROUTING ${comment(stamp)}`,
      ...local.map(({ text }) => `-A FEDMESH-POSTROUTING -s ${text} ${comment('fedmesh')} -j FEDMESH-KEEP`),
      ...remote.map(({ text }) => `-A FEDMESH-KEEP -d ${text} ${comment('fedmesh')} -j ACCEPT`),
    ],
  );
}

function restore(table: string, chains: readonly string[], rules: readonly string[]): string {
  return [`*${table}`, ...chains.map((chain) => `:${chain} - [0:0]`), ...rules, 'COMMIT', ''].join('\n');
}

function comment(text: string): string {
  return `-m comment --comment ${text}`;
}
