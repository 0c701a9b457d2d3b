/** Who answers: what a probe says of itself in every answer. */
export interface ProbeIdentity {
  /** The member that it runs in. */
  readonly cluster: string;
  readonly node: string;
  /** Nobody else has it: the Pod's UID, so that whoever lists Pods knows whom to expect. */
  readonly nonce: string;
}

/** What a probe answers to another one. */
export interface ProbeAnswer extends ProbeIdentity {
  /** The address that the question came from, as it was seen here. */
  readonly peer: string;
}

/** One question to one address, and how it ended. */
export interface Attempt {
  /** Milliseconds from the first packet to the whole answer, or to the failure. */
  readonly ms: number;
  /** Missing: it failed. */
  readonly answer?: ProbeAnswer;
  /**
   * Why there is no answer: an errno such as `ECONNREFUSED`; `ETIMEDOUT` when nothing came in time, whoever noticed; `EBADANSWER` when what
   * answered is no probe, or said less than it promised.
   */
  readonly error?: string;
}

export type TargetKind = 'pod' | 'service';

/** An address that is to be asked. */
export interface Target {
  /** The member that it belongs to. */
  readonly cluster: string;
  readonly kind: TargetKind;
  readonly address: string;
  readonly port: number;
}

/** The last time that a target was asked. */
export interface TargetResult extends Target {
  /** RFC 3339 with milliseconds, by this probe's clock. */
  readonly at: string;
  /** Grows by one with each result of this process. */
  readonly sequence: number;
  /** A question and an answer that fit one packet each. */
  readonly small: Attempt;
  /** 4 KiB in both directions. Missing when the small one failed already. */
  readonly big?: Attempt;
}

/** Everything that a probe knows: what `GET /results` answers. */
export interface ProbeReport extends ProbeIdentity {
  /** By this probe's clock, RFC 3339 with milliseconds: results are as old as they are seen from here. */
  readonly now: string;
  /** The highest sequence so far. */
  readonly sequence: number;
  /** Version of the directory that it asks by. Missing: it has none yet. */
  readonly directory?: string;
  /** What is wrong with the newest directory, while an older one holds. */
  readonly directoryError?: string;
  /** By cluster, kind and address. */
  readonly results: readonly TargetResult[];
}

/** Bytes of a big question and of the answer to it: several packets on any network. */
export const BIG_BYTES = 4096;
