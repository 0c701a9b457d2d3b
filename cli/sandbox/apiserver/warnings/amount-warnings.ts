import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { quantityOf } from '../encoding/quantity.ts';
import { goQuote } from '../errors/go-text.ts';

const ONE = 1_000_000_000n;

type Amounts = Readonly<Record<string, string>> | undefined;

/** There is no half a byte. */
export function fractionWarnings(amounts: Amounts, resources: readonly string[], path: string): string[] {
  return resources.flatMap((resource) => {
    const amount = amounts?.[resource];
    if (amount === undefined || quantityOf(amount).nano % ONE === 0n) return [];
    return [`${path}[${resource}]: fractional byte value ${goQuote(amount)} is invalid, must be an integer`];
  });
}

export function claimSpecWarnings(spec: DeepReadonly<V1PersistentVolumeClaimSpec> | undefined, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap((field) =>
    fractionWarnings(spec?.resources?.[field], ['storage'], `${path}.resources.${field}`),
  );
}
