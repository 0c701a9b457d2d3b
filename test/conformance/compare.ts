import type { Observation } from './run-scenario.ts';
import { TOLERATED, type Tolerated } from './tolerated.ts';

export interface Difference {
  readonly area: string;
  readonly scenario: string;
  readonly step: string;
  /** Where: `code`, `body.message`, `header warning`, `events[2].type`. */
  readonly path: string;
  readonly real: unknown;
  readonly embedded: unknown;
}

export interface StepResult {
  readonly area: string;
  readonly scenario: string;
  readonly step: string;
  readonly differences: readonly Difference[];
  /** Those of the differences that the list tolerates, each with its entry. */
  readonly tolerated: readonly { readonly difference: Difference; readonly entry: Tolerated }[];
}

/** Compares what the two servers answered to the same scenario, step by step. */
export function compareScenario(
  scenario: { readonly area: string; readonly title: string },
  real: readonly Observation[],
  embedded: readonly Observation[],
): StepResult[] {
  return real.map((observation, index) => {
    const place = { area: scenario.area, scenario: scenario.title, step: `${index + 1}. ${observation.step}` };
    const found: Difference[] = [];
    compareValues(view(observation), view(embedded[index]), '', (path, left, right) =>
      found.push({ ...place, path, real: left, embedded: right }),
    );
    const judged = found.map((difference) => ({
      difference,
      entry: TOLERATED.find((entry) => matches(entry, difference)),
    }));
    return {
      ...place,
      differences: judged.flatMap(({ difference, entry }) => (entry ? [] : [difference])),
      tolerated: judged.flatMap(({ difference, entry }) => (entry ? [{ difference, entry }] : [])),
    };
  });
}

/** Status codes and the order of watch events are never tolerated, whatever an entry says. */
function matches(entry: Tolerated, difference: Difference): boolean {
  if (/^(code|watch|events(\[\d+\](\.type)?)?)$/.test(difference.path)) return false;
  return (
    (entry.area === undefined || entry.area === difference.area) &&
    (entry.scenario === undefined || entry.scenario.test(difference.scenario)) &&
    (entry.step === undefined || entry.step.test(difference.step)) &&
    entry.path.test(difference.path)
  );
}

function view(observation: Observation | undefined): unknown {
  const { code, headers, body, events, watch } = observation ?? {};
  return { code, header: headers, body, events, watch };
}

function compareValues(
  left: unknown,
  right: unknown,
  path: string,
  report: (path: string, left: unknown, right: unknown) => void,
): void {
  if (Object.is(left, right)) return;
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      compareValues(left[index], right[index], `${path}[${index}]`, report);
    }
    return;
  }
  if (isRecord(left) && isRecord(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      compareValues(left[key], right[key], path === '' ? key : `${path}.${key}`, report);
    }
    return;
  }
  report(path, left, right);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
