/** What stands in the way of a membership, stable for scripts. */
export type MembershipErrorCode =
  | 'InvalidName'
  | 'NoControlPlane'
  | 'NameTaken'
  | 'AlreadyExists'
  | 'AlreadyJoined'
  | 'OtherControlPlane'
  | 'Unreachable'
  | 'UnreachableFromController'
  | 'CertificateName'
  | 'Certificate'
  | 'Unauthorized'
  | 'Forbidden'
  | 'Leaving'
  | 'NotJoined'
  | 'WrongCluster'
  | 'CrdTooNarrow'
  | 'Unfinished';

/** A join or an unjoin that cannot go on: what is wrong with which cluster, and what a person can do about it. */
export class MembershipError extends Error {
  override readonly name = 'MembershipError';
  readonly code: MembershipErrorCode;
  readonly cluster: string;
  readonly hint: string;

  constructor(code: MembershipErrorCode, message: string, options: { cluster: string; hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.cluster = options.cluster;
    this.hint = options.hint;
  }
}
