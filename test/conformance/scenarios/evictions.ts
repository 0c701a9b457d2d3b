import { PODS, pod } from '../objects.ts';
import { get, patch, post } from '../scenario.ts';

const BUDGETS = '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets';
const quiet = { show: () => undefined };
const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };

interface Going {
  readonly metadata: { readonly deletionGracePeriodSeconds?: number };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly reason?: string }[] };
}
interface Budget {
  readonly status: {
    readonly disruptionsAllowed: number;
    readonly disruptedPods?: Readonly<Record<string, string>>;
    readonly conditions?: readonly object[];
  };
}

const budget = (name: string) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { minAvailable: 1, selector: { matchLabels: { guarded: 'yes' } } },
});
const guarded = (name: string, status: object) => [
  post(PODS, pod(name, { nodeName: 'n' }, { labels: { guarded: 'yes' } }), quiet),
  patch('merge', `${PODS}/${name}/status`, status, quiet),
];
/** What the controller of budgets would have found. */
const allowing = (disruptionsAllowed: number, more: object) =>
  patch(
    'merge',
    `${BUDGETS}/guard/status`,
    { status: { observedGeneration: 1, expectedPods: 2, disruptionsAllowed, ...more } },
    quiet,
  );
const disallowed = (reason: string, message: string) => ({
  type: 'DisruptionAllowed',
  status: 'False',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason,
  message,
});
const evict = (name: string, deleteOptions?: object, query = '') =>
  post(`${PODS}/${name}/eviction${query}`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name },
    ...(deleteOptions && { deleteOptions }),
  });
const conditionTypes = ({ status }: Going) => status.conditions.map(({ type, reason }) => [type, reason]);
const spent = ({ status }: Budget) => [
  status.disruptionsAllowed,
  Object.keys(status.disruptedPods ?? {}),
  status.conditions,
];

export const EVICTIONS = [
  ...guarded('p', ready),
  post(BUDGETS, budget('guard'), quiet),
  allowing(0, { currentHealthy: 1, desiredHealthy: 1 }),
  evict('p'),
  allowing(0, { currentHealthy: 2, desiredHealthy: 1 }),
  evict('p'),
  allowing(0, { conditions: [disallowed('InsufficientPods', 'too few')] }),
  evict('p'),
  allowing(0, { conditions: [disallowed('SyncFailed', 'no such scale')] }),
  evict('p'),
  allowing(1, { conditions: [], currentHealthy: 2 }),
  evict('p', { dryRun: ['All'] }),
  get(`${PODS}/p`, { show: conditionTypes }),
  evict('p', { dryRun: ['All'] }, '?dryRun=All'),
  evict('p', { dryRun: ['Some'] }, '?dryRun=All'),
  evict('p', { ignoreStoreReadErrorWithClusterBreakingPotential: true }),
  evict('p', { preconditions: { resourceVersion: '1' } }),
  get(`${BUDGETS}/guard`, { show: spent }),
  allowing(1, {}),
  patch('merge', `${PODS}/p/status`, { status: { phase: 'Unknown' } }, quiet),
  evict('p', { gracePeriodSeconds: 7, orphanDependents: true }),
  get(`${PODS}/p`, {
    show: (body: Going) => [conditionTypes(body), body.metadata.deletionGracePeriodSeconds],
  }),
  get(`${BUDGETS}/guard`, { show: spent }),
  evict('p'),
  ...guarded('unready', { status: { phase: 'Running' } }),
  evict('unready'),
  patch('merge', `${BUDGETS}/guard`, { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } }, quiet),
  evict('unready'),
  ...guarded('twice', ready),
  evict('twice'),
  post(BUDGETS, budget('another'), quiet),
  evict('twice'),
];
