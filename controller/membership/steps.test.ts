import { describe, expect, it } from 'vitest';
import { systemClock } from '../time/clock.ts';
import { runSteps, type Step, StepFailedError, type StepOutcome } from './steps.ts';

const options = { cluster: 'earth', dryRun: false, clock: systemClock };

/** Steps that write down what they do. */
function script(outcomes: Record<string, StepOutcome | Error>, done: string[], stuck: string[] = []): Step[] {
  return Object.entries(outcomes).map(([name, outcome]) => ({
    name,
    where: 'earth',
    async apply() {
      if (outcome instanceof Error) throw outcome;
      done.push(name);
      return outcome;
    },
    async undo() {
      if (stuck.includes(name)) throw new Error('cannot be undone');
      done.push(`undo ${name}`);
    },
  }));
}

async function failureOf(work: Promise<unknown>): Promise<StepFailedError> {
  const error = await work.catch((caught: unknown) => caught);
  if (!(error instanceof StepFailedError)) throw new Error('the steps were to fail');
  return error;
}

describe('runSteps', () => {
  it('does the steps in order and tells of each', async () => {
    const done: string[] = [];
    const told: string[] = [];
    const reports = await runSteps(script({ a: 'created', b: 'unchanged', c: 'updated' }, done), {
      ...options,
      onStep: ({ name, outcome }) => told.push(`${name} ${outcome}`),
    });
    expect(done).toEqual(['a', 'b', 'c']);
    expect(told).toEqual(['a created', 'b unchanged', 'c updated']);
    expect(reports).toHaveLength(3);
  });

  it('takes back in reverse order what this run created, and leaves alone what was there before', async () => {
    const done: string[] = [];
    const steps = script({ a: 'created', b: 'unchanged', c: 'updated', d: 'created', e: new Error('no') }, done);
    const error = await failureOf(runSteps(steps, options));
    expect(done).toEqual(['a', 'b', 'c', 'd', 'undo d', 'undo a']);
    expect(error).toMatchObject({ message: 'e: no', step: 'e', undone: ['d', 'a'], remains: [] });
    expect(error.hint).toContain('taken back');
  });

  it('names what it could not take back', async () => {
    const steps = script({ a: 'created', b: 'created', c: new Error('no') }, [], ['a']);
    const error = await failureOf(runSteps(steps, options));
    expect(error).toMatchObject({ undone: ['b'], remains: ['a'] });
    expect(error.hint).toContain('these remain: a');
  });

  it('takes nothing back of a dry run', async () => {
    const done: string[] = [];
    await failureOf(runSteps(script({ a: 'created', b: new Error('no') }, done), { ...options, dryRun: true }));
    expect(done).toEqual(['a']);
  });
});
