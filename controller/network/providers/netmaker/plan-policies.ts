import { action } from './action.ts';
import type { Policy } from './api.ts';
import { policyName, readMark } from './names.ts';
import type { RangePlan } from './plan-ranges.ts';
import type { NetmakerAction, NetmakerState, NetmakerStep } from './state.ts';

/** Where the network's default policy is off, nothing reaches an egress that no policy names. */
export function policyActions(
  owner: string,
  { policies, network }: NetmakerState,
  { routed }: RangePlan,
): NetmakerAction[] {
  const own = policies.flatMap((policy) => {
    const cluster = readMark(owner, policy.meta_data)?.cluster;
    return cluster === undefined || policy.default === true ? [] : [{ policy, cluster }];
  });
  const needed = network !== undefined && !isOpen(policies);
  const kept = new Set<Policy>();
  const actions = [...(needed ? routed : [])].flatMap(([cluster, { egresses, ranges }]) => {
    if (egresses.length + ranges.length === 0) return [];
    const present = own.find((each) => each.cluster === cluster)?.policy;
    if (present !== undefined) kept.add(present);
    if (present !== undefined && ranges.length === 0 && lets(present, egresses)) return [];
    const verb = present === undefined ? 'create' : 'update';
    const summary = `let every device of the network reach what is routed to ${cluster}: its default policy is off`;
    const step: NetmakerStep = { kind: 'put-policy', cluster, egresses, ranges };
    return [action(verb, 'policy', policyName(owner, cluster), summary, step, cluster)];
  });
  const removed = own
    .filter(({ policy, cluster }) => !kept.has(policy) && (!needed || !isRouted(routed, cluster)))
    .map(({ policy, cluster }) => {
      const step = { kind: 'delete-policy', id: policy.id } as const;
      return action('delete', 'policy', policy.name, `nothing needs it any more`, step, cluster);
    });
  return [...actions, ...removed];
}

function isRouted(routed: RangePlan['routed'], cluster: string): boolean {
  const found = routed.get(cluster);
  return found !== undefined && found.egresses.length + found.ranges.length > 0;
}

/** Its own default, or any policy from all to all, as the server sees it. */
function isOpen(policies: readonly Policy[]): boolean {
  const isAll = (ends: Policy['src_type']) => (ends ?? []).some(({ value }) => value === '*');
  return policies.some(
    ({ enabled, policy_type, src_type, dst_type }) =>
      enabled === true && policy_type === 'device-policy' && isAll(src_type) && isAll(dst_type),
  );
}

function lets(policy: Policy, egresses: readonly string[]): boolean {
  const ends = (policy.dst_type ?? []).filter(({ id }) => id === 'egress-id').map(({ value }) => value);
  const same = ends.length === egresses.length && egresses.every((id) => ends.includes(id));
  return same && policy.enabled === true && (policy.src_type ?? []).some(({ value }) => value === '*');
}
