import { byAddress, contains, overlaps } from '../../../apis/meta/ip-range.ts';
import { type Claim, type Harm, harmOf, RANGE_USES, type RangeUse, type RoutedUses } from './claim.ts';

/** Two clusters that claim the same addresses. */
export interface Overlap {
  readonly claims: readonly [Claim, Claim];
  readonly harm: Harm;
}

/** What the claims of one cluster share with those of others, conflicts first; its own is the first of each two. */
export function overlapsOf(cluster: string, claims: readonly Claim[], routed: RoutedUses): Overlap[] {
  const own = claims.filter((claim) => claim.cluster === cluster);
  const others = claims.filter((claim) => claim.cluster !== cluster);
  const found = own.flatMap((mine) =>
    others.filter((theirs) => overlaps(mine.range, theirs.range)).flatMap((theirs) => pair(mine, theirs, routed)),
  );
  return conflictsFirst(found);
}

/**
 * What any clusters share with each other, conflicts first: n log n for n claims. Of a thousand clusters with one range half a million
 * pairs could be told, which nobody would read; every claim that shares addresses with another is in at least one.
 * @param perClaim at most so many wider (or equal) ones of each use are named for a claim
 */
export function overlapsAmong(claims: readonly Claim[], routed: RoutedUses, perClaim = 3): Overlap[] {
  const found: Overlap[] = [];
  const enclosing = new Map<RangeUse, Nest>(RANGE_USES.map((use) => [use, new Nest()]));
  for (const claim of claims.toSorted((a, b) => byAddress(a.range, b.range))) {
    for (const nest of enclosing.values()) nest.leaveFor(claim);
    // Within its own cluster's range of the same use it says nothing that the wider one has not said.
    if (enclosing.get(claim.use)?.hasClaimOf(claim.cluster)) continue;
    for (const nest of enclosing.values()) {
      found.push(...nest.overlapsWith(claim, routed, perClaim));
    }
    enclosing.get(claim.use)?.enter(claim);
  }
  return conflictsFirst(found);
}

/** The ranges of one use that hold the address which the sweep has come to, each within the one before: ranges nest or are apart. */
class Nest {
  readonly #claims: Claim[] = [];
  readonly #clusters = new Set<string>();

  hasClaimOf(cluster: string): boolean {
    return this.#clusters.has(cluster);
  }

  enter(claim: Claim): void {
    this.#claims.push(claim);
    this.#clusters.add(claim.cluster);
  }

  /** Drops what does not reach as far as this claim. */
  leaveFor(claim: Claim): void {
    for (let last = this.#claims.at(-1); last && !contains(last.range, claim.range); last = this.#claims.at(-1)) {
      this.#claims.pop();
      this.#clusters.delete(last.cluster);
    }
  }

  /** The nearest that this claim disturbs, at most so many. */
  overlapsWith(claim: Claim, routed: RoutedUses, most: number): Overlap[] {
    const nearest: Overlap[] = [];
    for (let at = this.#claims.length - 1; at >= 0 && nearest.length < most; at -= 1) {
      const other = this.#claims[at];
      if (other !== undefined && other.cluster !== claim.cluster) nearest.push(...pair(other, claim, routed));
    }
    return nearest;
  }
}

function pair(a: Claim, b: Claim, routed: RoutedUses): Overlap[] {
  const harm = harmOf(a, b, routed);
  return harm === undefined ? [] : [{ claims: [a, b], harm }];
}

function conflictsFirst(found: readonly Overlap[]): Overlap[] {
  return [...found.filter(({ harm }) => harm === 'conflict'), ...found.filter(({ harm }) => harm === 'note')];
}
