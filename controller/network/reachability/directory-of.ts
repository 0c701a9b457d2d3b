import { createHash } from 'node:crypto';
import type { ProbeDirectory } from '../probe/directory.ts';
import { membersPerRound } from '../probe/schedule.ts';
import type { MemberEvidence } from './evidence.ts';
import type { ProbeSettings } from './settings.ts';
import { PROBE_PORT, PROBE_SERVICE_PORT } from './workload.ts';

/** Of one member at most: enough for its nodes, and a bound for the ConfigMap. */
const MOST_PODS = 200;

/** Whom the probes are to ask. The same members in the same order give the same text, so that it changes only when something does. */
export function directoryOf(
  members: readonly Pick<MemberEvidence, 'cluster' | 'probes' | 'serviceAddresses'>[],
  settings: ProbeSettings,
): ProbeDirectory {
  const rest = {
    intervalMs: settings.intervalMs,
    perRound: membersPerRound(members.length, settings),
    podPort: PROBE_PORT,
    servicePort: PROBE_SERVICE_PORT,
    members: [...members]
      .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
      .map(({ cluster, probes, serviceAddresses }) => ({
        cluster,
        pods: [...new Set(probes.flatMap(({ addresses }) => addresses))].sort().slice(0, MOST_PODS),
        services: settings.services ? [...serviceAddresses].sort() : [],
      })),
  };
  const version = createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 12);
  return { version, ...rest };
}
