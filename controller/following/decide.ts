import type { Standing } from './original.ts';

export interface OriginalFacts {
  readonly uid: string;
  readonly standing: Standing;
  /** Of the template that it makes. */
  readonly digest: string;
}

export interface CopyFacts {
  /** UID of the plain object that it follows; empty: none at present; undefined: a person made it, or took the mark off. */
  readonly mark: string | undefined;
  /** Of its template. */
  readonly digest: string;
  readonly deleting: boolean;
}

/**
 * - `leave`: nothing to do
 * - `notOurs`: a person's federated object bears the name and says something else: not touched, only told
 * - `create`, `update`: the federated object is to follow the plain one
 * - `letGo`: it follows no longer, and stays
 * - `delete`: what it followed is gone, if that can be proven
 */
export type Verdict = 'leave' | 'notOurs' | 'create' | 'update' | 'letGo' | 'delete';

/**
 * What is to be done for one name in a followed namespace. Nothing but the marks and the templates says what was done before,
 * so a controller that was away decides like one that was not.
 */
export function decide(original: OriginalFacts | undefined, copy: CopyFacts | undefined): Verdict {
  // When it is gone, the name is looked at again.
  if (copy?.deleting === true) return 'leave';
  if (original === undefined) return follows(copy) ? 'delete' : 'leave';
  switch (original.standing) {
    case 'leaving':
    case 'copy':
      return 'leave';
    case 'leftOut':
      return follows(copy) ? 'letGo' : 'leave';
    case 'followed':
      return forFollowed(original, copy);
  }
}

function forFollowed(original: OriginalFacts, copy: CopyFacts | undefined): Verdict {
  if (copy === undefined) return 'create';
  const equal = copy.digest === original.digest;
  if (copy.mark === undefined) return equal ? 'leave' : 'notOurs';
  return equal && copy.mark === original.uid ? 'leave' : 'update';
}

function follows(copy: CopyFacts | undefined): boolean {
  return copy?.mark !== undefined && copy.mark !== '';
}
