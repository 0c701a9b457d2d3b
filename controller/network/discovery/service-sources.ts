import { flagOfPods } from './command-line.ts';
import type { NetworkFacts } from './facts.ts';
import { k3sDefaults, k3sRanges } from './k3s.ts';
import { kubeadmRanges } from './kubeadm.ts';
import type { Source } from './source.ts';

/** Every wording of the API server up to 1.32 in which it names its range; later ones name none. */
const NAMED_RANGE = /range of valid IPs is ([0-9a-fA-F:.]+\/\d+)/;

/** Where the range of ClusterIPs is told, best first. */
export const SERVICE_SOURCES: readonly Source[] = [
  { name: 'ServiceCIDR', confidence: 'authoritative', read: readyServiceCidrs },
  { name: 'kubeadm-config', confidence: 'inferred', read: (facts) => kubeadmRanges(facts).service },
  {
    name: 'kube-apiserver --service-cluster-ip-range',
    confidence: 'authoritative',
    read: ({ componentPods }) => flagOfPods(componentPods?.['kube-apiserver'], '--service-cluster-ip-range'),
  },
  {
    name: 'networks.config.openshift.io',
    confidence: 'authoritative',
    read: ({ openShiftNetwork: network }) => network?.status?.serviceNetwork ?? network?.spec?.serviceNetwork ?? [],
  },
  { name: 'k3s --service-cidr', confidence: 'inferred', read: (facts) => k3sRanges(facts, '--service-cidr') },
  {
    name: "the API server's refusal of another address",
    confidence: 'authoritative',
    read: ({ refusals = [] }) => refusals.flatMap((text) => NAMED_RANGE.exec(text)?.[1] ?? []),
  },
  { name: "k3s's default", confidence: 'inferred', read: (facts) => k3sDefaults(facts, '--service-cidr') },
];

/** One that is being deleted still holds the addresses of the Services that have them. */
function readyServiceCidrs({ serviceCidrs = [] }: NetworkFacts): readonly string[] {
  const holding = serviceCidrs.filter(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    return ready !== 'False' || metadata.deletionTimestamp !== undefined;
  });
  return holding.flatMap(({ spec }) => spec?.cidrs ?? []);
}
