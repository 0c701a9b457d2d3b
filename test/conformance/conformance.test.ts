import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compareScenario, type StepResult } from './compare.ts';
import { differencesText, MOST_TOLERATED, reportOf, reportText } from './report.ts';
import { runSuite } from './run-suite.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { type RunningServer, startPair } from './servers.ts';
import { TOLERATED } from './tolerated.ts';

const SUITE_MS = 600_000;

describe.runIf(inject('realServers'))('the embedded API server beside the real one', () => {
  const servers: RunningServer[] = [];
  let results: StepResult[] = [];

  beforeAll(async () => {
    const [real, embedded] = await startPair();
    servers.push(real, embedded);
    const left = await runSuite(SCENARIOS, real.target);
    const right = await runSuite(SCENARIOS, embedded.target);
    results = SCENARIOS.flatMap((scenario, index) => compareScenario(scenario, left[index] ?? [], right[index] ?? []));
    process.stdout.write(`\n${reportText(reportOf(results))}\n`);
  }, SUITE_MS);

  afterAll(async () => {
    for (const server of servers) await server.close();
  });

  const areas = [...new Set(SCENARIOS.map(({ area }) => area))];
  it.each(areas)('answers the same: %s', (area) => {
    const differences = results.filter((result) => result.area === area).flatMap((result) => result.differences);
    expect(differencesText(differences).join('\n')).toBe('');
  });

  it('needs each tolerated difference, and few of them', () => {
    expect(reportOf(results).unused).toEqual([]);
    expect(TOLERATED.length).toBeLessThanOrEqual(MOST_TOLERATED);
  });
});
