import type { Environment } from '../../../controller/kube/kubeconfig.ts';
import { findBinaries } from '../envtest/binaries.ts';
import { RUNTIME_KINDS, type RuntimeKind } from './runtime.ts';

/** `auto`: Kubernetes' own binaries where they are at hand, else the embedded API server. Nothing is ever built. */
export const WISHES = [...RUNTIME_KINDS, 'auto'] as const;
export type RuntimeWish = (typeof WISHES)[number];

export async function chooseRuntime(wish: RuntimeWish, environment: Environment): Promise<RuntimeKind> {
  if (wish !== 'auto') return wish;
  return findBinaries({ env: { ...environment } }).then(
    () => 'envtest',
    () => 'embedded',
  );
}
