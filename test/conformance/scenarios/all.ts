import type { Scenario } from '../scenario.ts';
import { authentication, rbac } from './access.ts';
import { badInput } from './bad-input.ts';
import { crud } from './crud.ts';
import { deletion, garbage, namespaces } from './deletions.ts';
import { discovery, openapi, tables } from './descriptions.ts';
import { crds, webhooks } from './extensions.ts';
import { configuration, network, operations, workloads } from './kinds.ts';
import { patches, serverSideApply } from './patches.ts';
import { paging, selectors } from './reads.ts';
import { warnings } from './warnings.ts';
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
  ...deletion,
  ...garbage,
  ...namespaces,
  ...rbac,
  ...authentication,
  ...discovery,
  ...openapi,
  ...tables,
  ...crds,
  ...webhooks,
  ...workloads,
  ...warnings,
  ...network,
  ...configuration,
  ...operations,
  ...badInput,
];
