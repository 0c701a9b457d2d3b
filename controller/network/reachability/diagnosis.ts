/** What is wrong between two members, in one word; `Reachable` when nothing is. */
export const REACHABILITY_CLASSES = [
  'Reachable',
  'Unknown',
  'WrongIdentity',
  'GatewayDown',
  'NoRoute',
  'NodeRoutes',
  'OneWay',
  'Dropped',
  'Refused',
  'PacketSize',
  'ServiceRange',
  'Masqueraded',
  'Partial',
] as const;

export type ReachabilityClass = (typeof REACHABILITY_CLASSES)[number];

/** `NotProbed`: Services that the mesh is not to route. */
export type ReachabilityState = 'Reachable' | 'Unreachable' | 'Unknown' | 'NotProbed';

/** A cause: one word, one sentence that says what was seen, and what a person does about it. */
export interface Cause {
  readonly class: ReachabilityClass;
  /** Empty when nothing is wrong. */
  readonly message: string;
  readonly wayOut: string;
}

/** From one member to another. */
export interface PairDiagnosis extends Cause {
  readonly from: string;
  readonly to: string;
  readonly pods: Exclude<ReachabilityState, 'NotProbed'>;
  readonly services: ReachabilityState;
  /** Of the fastest small question that was answered by a Pod, milliseconds. */
  readonly latencyMs?: number;
  /** RFC 3339: when the oldest of what counts was found. */
  readonly probedAt?: string;
}
