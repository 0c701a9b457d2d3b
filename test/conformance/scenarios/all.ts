import type { Scenario } from '../scenario.ts';
import { crud } from './crud.ts';
import { patches, serverSideApply } from './patches.ts';
import { paging, selectors } from './reads.ts';
import { watches } from './watches.ts';
import { conflicts, dryRun, generateName, statusSubresource } from './writes.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...crud,
  ...conflicts,
  ...generateName,
  ...dryRun,
  ...statusSubresource,
  ...selectors,
  ...paging,
  ...watches,
  ...patches,
  ...serverSideApply,
];
