/** A difference between the servers that is known and accepted. Status codes and the order of watch events never are. */
export interface Tolerated {
  readonly reason: string;
  readonly area?: string;
  readonly scenario?: RegExp;
  readonly step?: RegExp;
  /** Such as `body.message` or `header.warning`. */
  readonly path: RegExp;
}

/** At most ten; one that matches nothing is an error. */
export const TOLERATED: readonly Tolerated[] = [];
