import type { Claim, RoutedUses } from '../overlap/claim.ts';
import { overlapsAmong } from '../overlap/overlaps.ts';

/** So many wider ranges are looked at for each at a time; what that misses the next round finds. */
const PER_CLAIM = 16;

/**
 * Which claims may not be routed, each with the one that keeps it out: of two that would take each other's packets the one that comes
 * later in `claims` yields, so that a newcomer takes nothing from those that are there. One that yields keeps out nobody.
 */
export function leftOut(claims: readonly Claim[], routed: RoutedUses): Map<Claim, Claim> {
  const rank = new Map(claims.map((claim, index) => [claim, index]));
  const out = new Map<Claim, Claim>();
  for (;;) {
    const rivals = rivalsAmong(
      claims.filter((claim) => !out.has(claim)),
      routed,
    );
    if (rivals.size === 0) return out;
    const byRank = [...rivals.keys()].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    for (const claim of byRank) {
      const keeper = rivals
        .get(claim)
        ?.filter((other) => !out.has(other) && (rank.get(other) ?? 0) < (rank.get(claim) ?? 0))
        .sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0))[0];
      if (keeper !== undefined) out.set(claim, keeper);
    }
  }
}

function rivalsAmong(claims: readonly Claim[], routed: RoutedUses): Map<Claim, Claim[]> {
  const rivals = new Map<Claim, Claim[]>();
  const note = (claim: Claim, other: Claim) => {
    const known = rivals.get(claim);
    if (known === undefined) rivals.set(claim, [other]);
    else known.push(other);
  };
  for (const { claims: pair, harm } of overlapsAmong(claims, routed, PER_CLAIM)) {
    if (harm !== 'conflict') continue;
    note(pair[0], pair[1]);
    note(pair[1], pair[0]);
  }
  return rivals;
}
