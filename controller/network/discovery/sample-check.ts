import type { DiscoveredRange } from '../../../apis/core/v1beta1/cluster-network.ts';
import { enumerate } from '../../../apis/enumeration.ts';
import { contains, type IpRange, parseIpAddress, parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { NetworkFacts, Pod, Service } from './facts.ts';

/** How many are named; the count tells of the others. */
const NAMED = 3;

/** Addresses that pods and Services have and that lie in none of the ranges that were found: one sentence for each use and address family. */
export function strangers(
  { pods = [], services = [] }: NetworkFacts,
  podRanges: readonly DiscoveredRange[],
  serviceRanges: readonly DiscoveredRange[],
): string[] {
  return [
    ...outside('pod', pods.flatMap(podAddresses), podRanges),
    ...outside('Service', services.flatMap(clusterAddresses), serviceRanges),
  ];
}

interface Sample {
  readonly name: string;
  readonly address: IpRange;
}

function outside(what: string, samples: readonly Sample[], found: readonly DiscoveredRange[]): string[] {
  const ranges = found.map(({ cidr }) => parseIpRange(cidr)).filter((range) => typeof range !== 'string');
  return ([4, 6] as const).flatMap((family) => {
    const known = ranges.filter((range) => range.family === family);
    const lost = samples.filter(
      ({ address }) => address.family === family && !known.some((range) => contains(range, address)),
    );
    if (lost.length === 0) return [];
    const names = lost.map(({ name, address }) => `${name} has ${address.text.replace(/\/\d+$/, '')}`);
    const where =
      known.length === 0
        ? `no IPv${family} range of ${what}s was found`
        : `the ${what} range is ${known.map(({ text }) => text).join(', ')} (${sourcesOf(found, known)})`;
    return [`${where}, but ${enumerate(names, NAMED)}`];
  });
}

function sourcesOf(found: readonly DiscoveredRange[], known: readonly IpRange[]): string {
  const texts = new Set(known.map(({ text }) => text));
  return [...new Set(found.filter(({ cidr }) => texts.has(cidr)).map(({ source }) => source))].join(', ');
}

/** Pods on the host's network have the node's address, those that ended may have one that another pod has by now. */
function podAddresses(pod: DeepReadonly<Pod>): Sample[] {
  const { phase, podIP, podIPs } = pod.status ?? {};
  if (pod.spec?.hostNetwork === true || phase === 'Succeeded' || phase === 'Failed') return [];
  const addresses = podIPs?.map(({ ip }) => ip) ?? (podIP === undefined ? [] : [podIP]);
  return addresses.flatMap((text) => sample(`pod ${pod.metadata.namespace}/${pod.metadata.name}`, text));
}

function clusterAddresses(service: DeepReadonly<Service>): Sample[] {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  const addresses = clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP]);
  return addresses.flatMap((text) => sample(`Service ${service.metadata.namespace}/${service.metadata.name}`, text));
}

/** `None` and the empty address of a Service without one are no addresses. */
function sample(name: string, text: string): Sample[] {
  const address = parseIpAddress(text);
  return typeof address === 'string' ? [] : [{ name, address }];
}
