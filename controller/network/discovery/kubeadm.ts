import { parse } from 'yaml';
import { splitList } from './command-line.ts';
import type { NetworkFacts } from './facts.ts';

/** What kubeadm was told when it made the cluster. */
export function kubeadmRanges({ kubeadmConfig }: NetworkFacts): { pod: string[]; service: string[] } {
  const networking = networkingOf(kubeadmConfig?.data?.ClusterConfiguration);
  return { pod: splitList(networking.podSubnet), service: splitList(networking.serviceSubnet) };
}

function networkingOf(text: string | undefined): { podSubnet?: string; serviceSubnet?: string } {
  const configuration = yamlObject(text);
  const { networking } = configuration;
  if (typeof networking !== 'object' || networking === null) return {};
  const { podSubnet, serviceSubnet } = networking as Record<string, unknown>;
  return {
    ...(typeof podSubnet === 'string' ? { podSubnet } : {}),
    ...(typeof serviceSubnet === 'string' ? { serviceSubnet } : {}),
  };
}

/** A document that a cluster holds and that anybody may have edited: what is none says nothing. */
export function yamlObject(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value: unknown = parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof Error) return {};
    throw error;
  }
}
