import type { RangeConfidence } from '../../../apis/core/v1beta1/cluster-network.ts';
import type { NetworkFacts } from './facts.ts';

/** One place where a cluster's ranges can be read. */
export interface Source {
  /** In words that a person recognises: `kubeadm-config`. */
  readonly name: string;
  readonly confidence: RangeConfidence;
  /** As they are written there; nothing when it does not say. */
  read(facts: NetworkFacts): readonly string[];
}
