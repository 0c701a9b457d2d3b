/** What a drain of one member comes to; `-o json` prints it as it is. */
export interface DrainSurvey {
  /** Scheduled workloads whose replicas leave. */
  readonly moves: Moving[];
  /** Workloads that do not leave by themselves. */
  readonly stays: Staying[];
  /** How many objects of other kinds are there, which run nothing: they stay. */
  readonly others: Record<string, number>;
}

interface WorkloadRef {
  /** Of the target: `Deployment`. */
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Where replicas would go if all other members had room. */
export interface DrainEstimate {
  readonly replicas: number;
  /** Replicas that other members get, by their names. */
  readonly to: Readonly<Record<string, number>>;
  /** Replicas that no other member may take. */
  readonly unplaced: number;
}

export interface Moving extends WorkloadRef, DrainEstimate {}

export interface Staying extends WorkloadRef {
  readonly why: string;
  readonly wayOut: string;
}
