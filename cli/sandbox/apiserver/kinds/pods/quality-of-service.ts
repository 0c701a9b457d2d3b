import { formatQuantity, quantityOf } from '../../encoding/quantity.ts';
import type { Container } from './containers.ts';
import type { PodSpec } from './pod-spec-validation.ts';

const COMPUTE = ['cpu', 'memory'];

/**
 * Guaranteed: every container limits processor and memory, and asks for as much. BestEffort: nobody asks for anything. Burstable:
 * the rest (`GetPodQOS`).
 */
export function qualityOfService({ containers, initContainers }: PodSpec): string {
  const all = [...(containers ?? []), ...(initContainers ?? [])];
  const asks = ({ resources }: Container): boolean =>
    COMPUTE.some((name) => isPositive(resources?.requests?.[name]) || isPositive(resources?.limits?.[name]));
  if (!all.some(asks)) return 'BestEffort';
  const isGuaranteed = ({ resources }: Container): boolean =>
    COMPUTE.every((name) => {
      const limit = resources?.limits?.[name];
      return isPositive(limit) && (resources?.requests?.[name] === undefined || same(resources.requests[name], limit));
    });
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && quantityOf(quantity).nano > 0n;
}

function same(a: string | undefined, b: string | undefined): boolean {
  return formatQuantity(quantityOf(a)) === formatQuantity(quantityOf(b));
}
