import { stringify } from 'yaml';
import type { IpRange } from '../../../apis/meta/ip-range.ts';
import { fileName, type GeneratedFile, madeBy, PLAIN } from './generated-file.ts';

/** Calico hands out blocks of this size unless told otherwise, and takes no pool that is smaller than one. */
const DEFAULT_BLOCK = { 4: 26, 6: 122 } as const;
const SMALLEST_BLOCK = { 4: 32, 6: 128 } as const;

/**
 * Ranges of other members as pools from which nothing is handed out: Calico masquerades what leaves its pools, and these count as such.
 * The same that Submariner makes by itself.
 */
export function calicoPools(cluster: string, remote: readonly IpRange[]): GeneratedFile {
  const pools = remote.map((range) => ({
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: {
      name: `fedmesh-${range.text.replace(/[^0-9a-f]+/g, '-')}`,
      labels: { 'app.kubernetes.io/managed-by': 'fedmesh' },
    },
    spec: {
      cidr: range.text,
      disabled: true,
      natOutgoing: false,
      ipipMode: 'Never',
      vxlanMode: 'Never',
      ...(range.prefix > DEFAULT_BLOCK[range.family] ? { blockSize: SMALLEST_BLOCK[range.family] } : {}),
    },
  }));
  const about = `ranges of other members as disabled pools of Calico in ${cluster}; kubectl apply -f, kubectl delete -f`;
  return {
    path: `calico/${fileName(cluster)}.yaml`,
    mode: PLAIN,
    text: madeBy('routes', about) + pools.map((pool) => `---\n${stringify(pool, { lineWidth: 0 })}`).join(''),
  };
}
