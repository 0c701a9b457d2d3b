import type { V1ServiceCIDR, V1ServiceSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import { invalid } from '../../errors/field-errors.ts';
import { type FieldError, internalError, invalid as invalidObject } from '../../errors/status-error.ts';
import type { WriteContext } from '../../resources/resource-definition.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';
import { allocationsOf } from './allocations.ts';
import { validateClusterIps } from './cluster-ip-validation.ts';
import { formatIpv4, type Ipv4Range, isAssignable, parseIpv4, parseIpv4Range } from './ipv4.ts';

export type Spec = V1ServiceSpec;
export type StoredSpec = DeepReadonly<V1ServiceSpec>;

const SERVICE = { group: '', kind: 'Service' };
const NONE = 'None';

/** clusterIP and clusterIPs say the same; who wrote only one of them, or changed only one, means both. */
export function alignClusterIps(spec: Spec, stored: StoredSpec | undefined): void {
  if (stored === undefined) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const sameOne = (spec.clusterIP ?? '') === (stored.clusterIP ?? '');
  if (stored.clusterIPs?.length && !spec.clusterIPs?.length && sameOne) spec.clusterIPs = [...stored.clusterIPs];
  if (sameOne || !semanticallyEqual(spec.clusterIPs, stored.clusterIPs)) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

/** Says of which IP families a Service is, as far as it does not itself: of IPv4, which is all that this server has. */
export function settleIpFamilies(spec: Spec, stored: StoredSpec | undefined, name: string): void {
  if (spec.type === 'ExternalName' || keepsPreferDualStack(spec, stored)) return;
  const isSelectorless = spec.clusterIP === NONE && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= stored?.ipFamilyPolicy ?? (isSelectorless ? 'RequireDualStack' : 'SingleStack');
  refuse(name, validateClusterIps(spec));
  refuse(name, stored === undefined ? [] : reduceToSingleStack(spec, stored));
  refuse(name, [...tooManyForSingleStack(spec), ...inferFamilies(spec)]);

  if (isSelectorless) {
    spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4'];
    if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== 'SingleStack') {
      spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
    }
    return;
  }
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const why = 'this cluster is not configured for dual-stack services';
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== 'IPv4') errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  }
  refuse(name, errors);
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
}

function keepsPreferDualStack(spec: Spec, stored: StoredSpec | undefined): boolean {
  return (
    stored !== undefined &&
    stored.type === spec.type &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    stored.ipFamilyPolicy === 'PreferDualStack' &&
    semanticallyEqual(spec.clusterIPs, stored.clusterIPs) &&
    semanticallyEqual(spec.ipFamilies, stored.ipFamilies)
  );
}

function reduceToSingleStack(spec: Spec, stored: StoredSpec): FieldError[] {
  const addresses = spec.clusterIPs ?? [];
  const families = spec.ipFamilies ?? [];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (semanticallyEqual(addresses, stored.clusterIPs) && addresses.length > 1)
      spec.clusterIPs = addresses.slice(0, 1);
    if (semanticallyEqual(families, stored.ipFamilies) && families.length > 1) spec.ipFamilies = families.slice(0, 1);
    return [];
  }
  const reduced = (now: readonly unknown[], before: readonly unknown[] | undefined): boolean =>
    now.length > 0 && now.length < (before ?? []).length;
  const refused = (what: string): FieldError =>
    invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(reduced(addresses, stored.clusterIPs) ? [refused('cluster IP')] : []),
    ...(reduced(families, stored.ipFamilies) ? [refused('IP family')] : []),
  ];
}

function tooManyForSingleStack({ ipFamilyPolicy, clusterIPs, ipFamilies }: Spec): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const refused = (what: string): FieldError => {
    const why = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    return invalid('spec.ipFamilyPolicy', ipFamilyPolicy, why);
  };
  return [
    ...(clusterIPs?.length === 2 ? [refused('cluster IPs')] : []),
    ...(ipFamilies?.length === 2 ? [refused('IP families')] : []),
  ];
}

function inferFamilies(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const addresses = spec.clusterIPs ?? [];
  for (const [i, address] of addresses.entries()) {
    if (address === NONE) break;
    if (i < (spec.ipFamilies?.length ?? 0)) continue;
    if (address.includes(':')) {
      errors.push(invalid(`spec.clusterIPs[${i}]`, addresses, 'IPv6 is not configured on this cluster'));
    } else spec.ipFamilies = [...(spec.ipFamilies ?? []), 'IPv4'];
  }
  return errors;
}

/** Gives a Service its address: the one it asks for, or a free one. Headless ones and names need none. */
export function allocateClusterIp(
  spec: Spec,
  stored: StoredSpec | undefined,
  name: string,
  context: WriteContext,
): void {
  if (spec.type === 'ExternalName' || spec.clusterIPs?.[0] === NONE) return;
  if (stored !== undefined && stored.type !== 'ExternalName') return;
  const wanted = spec.clusterIPs?.[0];
  const address = wanted ? checkAddress(wanted, spec, name, context) : freeAddress(name, context);
  spec.clusterIPs = [address];
  spec.clusterIP = address;
}

function freeAddress(name: string, context: WriteContext): string {
  const ranges = serviceRanges(context);
  // As Kubernetes does: nothing is taken, so nothing is looked for.
  const first = ranges[0];
  if (context.dryRun && first !== undefined) return formatIpv4(first.network);
  for (const range of ranges) {
    const address = allocationsOf(context.storage).nextAddress(range);
    if (address !== undefined) return address;
  }
  throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(name)}: range is full`);
}

function checkAddress(wanted: string, spec: Spec, name: string, context: WriteContext): string {
  const address = parseIpv4(wanted);
  const refused = (why: string): FieldError =>
    invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${wanted}: ${why}`);
  const ranges = serviceRanges(context);
  const contained = address !== undefined && ranges.some((range) => isAssignable(range, address));
  if (!contained) {
    const why = context.dryRun
      ? `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${ranges[0]?.cidr}`
      : 'the provided network does not match the current range';
    refuse(name, [refused(why)]);
  }
  if (!context.dryRun && allocationsOf(context.storage).hasAddress(wanted)) {
    refuse(name, [refused('provided IP is already allocated')]);
  }
  return wanted;
}

/** Those of the ServiceCIDRs that are not on their way out; the cluster's own while there are none. */
function serviceRanges({ storage, cluster }: WriteContext): readonly Ipv4Range[] {
  const written = storage.list('servicecidrs.networking.k8s.io').flatMap(({ object }) => {
    const { spec } = object as unknown as DeepReadonly<V1ServiceCIDR>;
    return object.metadata.deletionTimestamp === undefined ? (spec?.cidrs ?? []) : [];
  });
  const own = written.includes(cluster.serviceCidr) ? [] : [cluster.serviceCidr];
  return [...own, ...written].flatMap((cidr) => parseIpv4Range(cidr) ?? []);
}

function refuse(name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(SERVICE, name, errors);
}
