import type { Session } from '../../../apis/dashboard/v1.ts';

/** Who somebody is to the API server. */
export interface Person {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Who asks, and how that is known. */
export interface Visitor {
  readonly by: Session['by'];
  /** Undefined: whoever sits at this machine, who may see everything. */
  readonly person: Person | undefined;
  /** What limits are counted by; says nothing secret. */
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Whether it would be let in again now. */
  readonly still: (signal: AbortSignal) => Promise<boolean>;
}

/** Why somebody is not let in, and what to do about it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly hint: string | undefined;

  constructor(status: number, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.hint = hint;
  }
}

export function keyOfPerson({ user, uid = '', groups, extra = {} }: Person): string {
  return JSON.stringify([user, uid, [...groups].sort(), Object.entries(extra).sort()]);
}
