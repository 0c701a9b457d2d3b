import type { MeshProvider } from '../providers/provider.ts';
import { type ApplyOptions, applyActions, providerFault } from './look.ts';

/**
 * Takes away everything that bears the control plane's mark in a provider.
 * @returns why something is left; undefined: nothing is
 */
export async function withdrawFrom(
  providerOf: () => MeshProvider,
  options: ApplyOptions,
): Promise<{ reason: string; message: string } | undefined> {
  try {
    const provider = providerOf();
    const state = await provider.observe([], options.signal);
    const { actions } = provider.plan([], state);
    const [failure] = await applyActions(provider, actions, options);
    return failure;
  } catch (error) {
    options.signal.throwIfAborted();
    const fault = providerFault(error);
    if (fault === undefined) throw error;
    return fault;
  }
}
