import { parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { MeshAction, MeshState } from '../provider.ts';
import type { Egress, Host, Network, Node, Policy } from './api.ts';
import type { ServerFeatures } from './server-features.ts';

/** An enrolment key without what lets a machine in. */
export interface KnownKey {
  readonly tag: string;
  readonly networks: readonly string[];
}

/** What a server was seen to have in one network. Holds no secret. */
export interface NetmakerState extends MeshState {
  readonly features: ServerFeatures;
  /** Undefined: the network does not exist yet. */
  readonly network: Network | undefined;
  readonly hosts: readonly Host[];
  /** With their status as it was found out. */
  readonly nodes: readonly Node[];
  readonly egresses: readonly Egress[];
  readonly policies: readonly Policy[];
  readonly keys: readonly KnownKey[];
  /** Without their private keys. */
  readonly clients: readonly { readonly id: string; readonly gateway: string }[];
}

/** An egress as it should be. */
export interface EgressSpec {
  readonly cluster: string;
  readonly name: string;
  /** With the mark. */
  readonly description: string;
  /** In canonical notation. */
  readonly range: string;
  /** Metrics by the ids of routing nodes. */
  readonly nodes: Readonly<Record<string, number>>;
  readonly virtual: boolean;
}

export type NetmakerStep =
  | { readonly kind: 'create-network'; readonly network: Network }
  | { readonly kind: 'set-virtual-pool'; readonly pool: string; readonly sitePrefix: number }
  | { readonly kind: 'create-key'; readonly tag: string }
  | { readonly kind: 'delete-key'; readonly tag: string }
  | { readonly kind: 'put-egress'; readonly egress: EgressSpec; readonly id?: string }
  | { readonly kind: 'delete-egress'; readonly id: string }
  | { readonly kind: 'create-gateway'; readonly node: string }
  | { readonly kind: 'assign-gateway'; readonly node: string; readonly gateway: string }
  | { readonly kind: 'unassign-gateway'; readonly node: string; readonly gateway: string }
  /** `ranges` are found by their mark when it is applied: an egress has no id before it is made. */
  | {
      readonly kind: 'put-policy';
      readonly cluster: string;
      readonly egresses: readonly string[];
      readonly ranges: readonly string[];
    }
  | { readonly kind: 'delete-policy'; readonly id: string }
  | { readonly kind: 'delete-client'; readonly id: string }
  | { readonly kind: 'delete-host'; readonly id: string; readonly name: string };

export interface NetmakerAction extends MeshAction {
  readonly step: NetmakerStep;
}

/** The range that an egress brings into the network, as far as it is one: others are reached under their virtual range. */
export function routedRange(egress: Egress): string {
  return egress.mode === 'virtual_nat' && (egress.virtual_range ?? '') !== ''
    ? (egress.virtual_range ?? '')
    : egress.range;
}

export function isActive(egress: Egress): boolean {
  return egress.status === true && Object.keys(egress.nodes ?? {}).length > 0;
}

/** Whether a virtual range is as wide as the range that it stands for: otherwise only a part is reached. */
export function hasWholeVirtualRange(egress: Egress): boolean {
  const real = parseIpRange(egress.range);
  const virtual = parseIpRange(egress.virtual_range ?? '');
  return (
    typeof real !== 'string' &&
    typeof virtual !== 'string' &&
    real.prefix === virtual.prefix &&
    real.family === virtual.family
  );
}

/** What an egress does otherwise than it should, for people; empty: it does the same. Its name is not compared: people may change it. */
export function differences(egress: Egress, spec: EgressSpec): string[] {
  const found: string[] = [];
  const nodes = egress.nodes ?? {};
  const virtual = egress.mode === 'virtual_nat';
  if (egress.range !== spec.range) found.push(`its range is ${egress.range} instead of ${spec.range}`);
  if (textOf(nodes) !== textOf(spec.nodes)) {
    found.push(`it is routed by ${namesOf(nodes)} instead of ${namesOf(spec.nodes)}`);
  }
  if (egress.status !== true) found.push('it is switched off');
  if (virtual !== spec.virtual)
    found.push(`its mode is ${egress.mode || 'unset'} instead of ${spec.virtual ? 'virtual_nat' : 'direct_nat'}`);
  else if (virtual && !hasWholeVirtualRange(egress)) {
    found.push(`its virtual range is ${egress.virtual_range || 'missing'}, which is not as wide as ${spec.range}`);
  }
  if ((egress.nat === true) !== spec.virtual) {
    found.push(spec.virtual ? 'it has NAT switched off' : 'its gateway puts its own address on what passes (NAT)');
  }
  if (egress.description !== spec.description) found.push('its description is another');
  return found;
}

function textOf(nodes: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(nodes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function namesOf(nodes: Readonly<Record<string, number>>): string {
  const ids = Object.keys(nodes);
  return ids.length === 0 ? 'no node' : `node ${ids.join(' and ')}`;
}
