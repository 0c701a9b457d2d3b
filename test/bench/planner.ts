import { performance } from 'node:perf_hooks';
import { type PlannerInput, planReplicas } from '../../controller/scheduling/planner.ts';

/** How long planning takes: `npx tsx test/bench/planner.ts`. */

const SIZES = [
  { preferences: 5_000, clusters: 3 },
  { preferences: 5_000, clusters: 20 },
  { preferences: 1_000, clusters: 100 },
  { preferences: 100, clusters: 1_000 },
];

function inputs(preferences: number, clusters: number): PlannerInput[] {
  const names = Array.from({ length: clusters }, (_, index) => `member-${index + 1}`);
  return Array.from({ length: preferences }, (_, index) => ({
    preferences: {
      '*': { weight: 1 },
      'member-1': { weight: 5, minReplicas: 2, maxReplicas: 10 + (index % 20) },
      'member-2': { weight: 3 },
    },
    totalReplicas: 30 + (index % 500),
    rebalance: index % 2 === 0,
    clusters: names,
    current: new Map(names.map((name, at) => [name, (index + at) % 12])),
    capacity: new Map(names.filter((_, at) => (index + at) % 7 === 0).map((name) => [name, 4])),
    key: `team-${index % 50}/app-${index}`,
  }));
}

for (const { preferences, clusters } of SIZES) {
  const all = inputs(preferences, clusters);
  const started = performance.now();
  for (const each of all) planReplicas(each);
  const ms = performance.now() - started;
  const per = ((ms * 1000) / preferences).toFixed(1);
  console.log(`${preferences} preferences over ${clusters} clusters: ${ms.toFixed(0)} ms, ${per} µs each`);
}
