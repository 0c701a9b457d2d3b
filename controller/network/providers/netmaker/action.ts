import type { NetmakerAction, NetmakerStep } from './state.ts';

export function action(
  verb: NetmakerAction['verb'],
  resource: string,
  name: string,
  summary: string,
  step: NetmakerStep,
  cluster?: string,
): NetmakerAction {
  return { verb, resource, name, ...(cluster === undefined ? {} : { cluster }), summary, step };
}
