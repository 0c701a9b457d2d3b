import type { Probe } from './conditions.ts';

/** Where KubeFed's events about KubeFedClusters come from. */
export const CLUSTER_EVENT_SOURCE = 'kubefedcluster-controller';

/** The Warning with which KubeFed v0.10.0 (`kubefedcluster/controller.go`) tells what a look at a member found; none when all is well. */
export function warningOf(probe: Probe): { readonly reason: string; readonly message: string } | undefined {
  switch (probe.outcome) {
    case 'healthy':
      return undefined;
    case 'malformed':
      return {
        reason: 'MalformedClusterConfig',
        message: `The configuration for this cluster may be malformed: ${probe.detail}`,
      };
    case 'unhealthy':
    case 'unreachable':
      return {
        reason: 'RetrievingClusterHealthFailed',
        message: `Failed to retrieve health of the cluster: ${probe.detail}`,
      };
  }
}
