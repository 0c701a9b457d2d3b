export interface Sampling {
  readonly intervalMs: number;
  /** Up to this many members every one asks every other in each round. */
  readonly everyPairUpTo: number;
  /** Else every pair is asked once within this time, milliseconds. */
  readonly coverWithinMs: number;
}

/** How many others a member asks in one round. */
export function membersPerRound(members: number, { intervalMs, everyPairUpTo, coverWithinMs }: Sampling): number {
  const others = Math.max(members - 1, 1);
  if (members <= everyPairUpTo) return others;
  const rounds = Math.max(1, Math.floor(coverWithinMs / intervalMs));
  return Math.ceil(others / rounds);
}

/** How long it takes at most until a member has asked all others once, milliseconds. */
export function coverageMs(members: number, perRound: number, intervalMs: number): number {
  return Math.ceil(Math.max(members - 1, 1) / perRound) * intervalMs;
}

/**
 * Whom `self` asks next: those whom it has not asked for longest, so that members that come and go put nobody off. Among equals it begins with
 * whoever stands behind it in the list, so that of many that start together no two ask the same ones at once.
 * @param members all of them, in the same order for everybody
 * @param lastAsked the round in which one was asked last; missing: never
 */
export function nextMembers(
  self: string,
  members: readonly string[],
  lastAsked: ReadonlyMap<string, number>,
  perRound: number,
): string[] {
  const place = Math.max(0, members.indexOf(self));
  return [...members.slice(place), ...members.slice(0, place)]
    .filter((member) => member !== self)
    .map((member) => ({ member, round: lastAsked.get(member) ?? -1 }))
    .sort((a, b) => a.round - b.round)
    .slice(0, perRound)
    .map(({ member }) => member);
}
