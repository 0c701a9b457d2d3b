import { contains, type IpFamily, type IpRange, overlaps, parseIpRange, rangeAt } from '../../apis/meta/ip-range.ts';

/** The smallest blocks that are left of a pool, in the order of their addresses. */
export class FreeRanges {
  readonly #pool: IpRange;
  readonly #taken: IpRange[];

  /** @param taken ranges that are nobody's to give; those of the other family do not matter */
  constructor(pool: IpRange, taken: readonly IpRange[]) {
    this.#pool = pool;
    this.#taken = taken.filter(({ family }) => family === pool.family);
  }

  /** The first block of this prefix length in which nothing is taken. It is taken from now on. Undefined: there is none left. */
  take(prefix: number): IpRange | undefined {
    const { family, first, last } = this.#pool;
    let at = first;
    while (at <= last && prefix >= this.#pool.prefix) {
      const candidate = rangeAt(family, at, prefix);
      const obstacle = this.#taken.find((range) => overlaps(range, candidate));
      if (obstacle === undefined) {
        this.#taken.push(candidate);
        return candidate;
      }
      at = (contains(obstacle, candidate) ? obstacle : candidate).last + 1n;
    }
    return undefined;
  }
}

/** The blocks of this prefix length in a range, in order, at most so many. */
export function partsOf(range: IpRange, prefix: number, count: number): IpRange[] {
  const size = 1n << BigInt((range.family === 4 ? 32 : 128) - prefix);
  const parts: IpRange[] = [];
  for (let at = range.first; at <= range.last && parts.length < count; at += size) {
    parts.push(rangeAt(range.family, at, prefix));
  }
  return parts;
}

/**
 * Ranges that installers and programs take for themselves when nobody says otherwise. A plan keeps clear of them: the cluster that is built
 * without a thought next year has them.
 */
export const COMMON_DEFAULTS: readonly { readonly range: IpRange; readonly of: string }[] = (
  [
    ['10.244.0.0/16', 'kubeadm, flannel and kind'],
    ['10.96.0.0/12', "kubeadm's Services"],
    ['10.42.0.0/16', 'k3s and RKE2'],
    ['10.43.0.0/16', 'Services of k3s and RKE2'],
    ['10.1.0.0/16', 'MicroK8s'],
    ['10.152.183.0/24', 'Services of MicroK8s'],
    ['10.128.0.0/14', 'OpenShift'],
    ['10.88.0.0/16', 'Podman and CRI-O'],
    ['10.0.0.0/16', 'networks of clouds and homes'],
    ['172.17.0.0/16', "Docker's bridge"],
    ['172.31.0.0/16', 'networks of AWS'],
    ['172.30.0.0/16', 'Services of OpenShift'],
    ['192.168.0.0/16', 'Calico, and networks at home'],
    ['100.64.0.0/10', 'carriers and meshes'],
  ] as const
).flatMap(([text, of]) => {
  const range = parseIpRange(text);
  return typeof range === 'string' ? [] : [{ range, of }];
});

export function familyName(family: IpFamily): string {
  return `IPv${family}`;
}
