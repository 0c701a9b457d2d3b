import { randomInt } from 'node:crypto';
import { normalise } from './normalise.ts';
import { type Observation, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { WebhookServer } from './webhook-server.ts';
import { type Target, Wire } from './wire.ts';

const AT_A_TIME = 6;
const LETTERS = 'bcdfghjklmnpqrstvwxz';

/** Runs scenarios against one server; what it answered, made comparable, in the scenarios' order. */
export async function runSuite(scenarios: readonly Scenario[], target: Target): Promise<Observation[][]> {
  const wire = new Wire(target);
  const webhooks = await WebhookServer.start();
  const run = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const results = new Map<Scenario, Observation[]>();
  const runOne = async (scenario: Scenario) => {
    const observed = await runScenario(scenario, { target, wire, webhooks, run });
    results.set(scenario, normalise(observed, { target, run, webhookUrl: webhooks.url }));
  };
  try {
    for (const scenario of scenarios) if (scenario.alone) await runOne(scenario);
    const waiting = scenarios.filter(({ alone }) => !alone);
    const lane = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await runOne(next);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  } finally {
    wire.close();
    await webhooks.close();
  }
  return scenarios.map((scenario) => results.get(scenario) ?? []);
}
