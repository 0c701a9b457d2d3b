import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGinkgo } from './ginkgo.ts';
import { reportOf } from './report.ts';
import { resultOf, type SpecResult, type Summary } from './specs.ts';

const LOCATION = { FileName: '/go/sigs.k8s.io/kubefed@v0.10.0/test/e2e/crud.go', LineNumber: 7 };
const NOWHERE = { FileName: '', LineNumber: 0 };
const [PENDING, SKIPPED, PASSED, FAILED, PANICKED] = [1, 2, 3, 4, 5];

function summary(State: number, failure: Partial<Summary['Failure']> = {}, more: Partial<Summary> = {}): Summary {
  return {
    ComponentTexts: ['[Top Level]', 'Federated ', '"jobs.batch"', 'should be created'],
    State,
    RunTime: 1.5e9,
    Failure: { Message: '', ForwardedPanic: '', Location: NOWHERE, ...failure },
    CapturedOutput: 'output',
    ...more,
  };
}

describe('a spec', () => {
  it('is named by all its texts but the one that all have', () => {
    expect(resultOf(summary(PASSED))).toEqual({
      name: 'Federated "jobs.batch" should be created',
      outcome: 'passed',
      seconds: 1.5,
      message: '',
      output: 'output',
    });
  });

  it('says why it failed and where, whatever the time of day', () => {
    const Message = 'Nov 21 17:51:13.562: Timed out';
    expect(resultOf(summary(FAILED, { Message, Location: LOCATION }))).toMatchObject({
      outcome: 'failed',
      message: 'Timed out\ntest/e2e/crud.go:7',
    });
    const panic = { Message: 'Test Panicked', ForwardedPanic: 'nil map', Location: LOCATION };
    expect(resultOf(summary(PANICKED, panic))).toMatchObject({
      outcome: 'failed',
      message: 'Test Panicked\nnil map\ntest/e2e/crud.go:7',
    });
  });

  it('counts as skipped when the suite says so, and not at all when it was not asked for', () => {
    expect(resultOf(summary(SKIPPED, { Message: 'not in this scope' }))?.outcome).toBe('skipped');
    expect(resultOf(summary(PENDING))?.outcome).toBe('skipped');
    expect(resultOf(summary(SKIPPED))).toBeUndefined();
  });
});

describe('a run of the suite', () => {
  let directory: string;
  const results: SpecResult[] = [];
  const listener = { seed: 1, env: process.env, onResult: (result: SpecResult) => results.push(result) };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fedmesh-ginkgo-'));
  });

  afterAll(() => rm(directory, { recursive: true }));

  /** A program that does with Ginkgo's servers what a compiled suite does. */
  async function suite(name: string, script: string): Promise<string> {
    const file = join(directory, name);
    const preamble = `#!${process.execPath}
const flag = (name) => process.argv.find((arg) => arg.startsWith('-ginkgo.parallel.' + name + '='))?.split('=')[1];
const [node, total, stream, sync] = ['node', 'total', 'streamhost', 'synchost'].map(flag);
const summary = (State, Message, texts) => ({ ComponentTexts: ['[Top Level]', ...texts], State, RunTime: 0,
  Failure: { Message, ForwardedPanic: '', Location: { FileName: '', LineNumber: 0 } }, CapturedOutput: '' });
const post = (path, body) => fetch(stream + path, { method: 'POST', body: JSON.stringify(body) });
const get = async (path) => (await fetch(sync + path)).json();
`;
    await writeFile(file, `${preamble}(async () => {${script}})();`);
    await chmod(file, 0o755);
    return file;
  }

  it('shares the specs among its processes: each runs once, and the first one begins and ends', async () => {
    const binary = await suite(
      'shared.cjs',
      `
      if (node === '1') await fetch(sync + '/BeforeSuiteState', { method: 'POST', body: '{"Data":null,"State":2}' });
      else while ((await get('/BeforeSuiteState')).State === 1);
      for (let { index } = await get('/counter'); index < 20; { index } = await get('/counter'))
        await post('/SpecDidComplete', summary(3, '', ['spec', String(index)]));
      if (node === '1') while (!(await get('/RemoteAfterSuiteData')).CanRun);
      await post('/AfterSuiteDidRun', null);
    `,
    );
    results.length = 0;
    const { results: all, complaint } = await runGinkgo({ ...listener, binary, args: [], nodes: 3 });
    expect(complaint).toBe('');
    expect(all).toEqual(results);
    expect(all.map(({ name }) => Number(name.split(' ')[1])).sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
  });

  it('is not good because nothing was said to have failed', async () => {
    const binary = await suite(
      'dies.cjs',
      `await post('/SpecDidComplete', summary(3, '', ['spec'])); console.error('panic: nil'); process.exit(2);`,
    );
    const { results: all, complaint } = await runGinkgo({ ...listener, binary, args: [], nodes: 1 });
    expect(all).toMatchObject([{ outcome: 'passed' }]);
    expect(complaint).toBe('process 1 of the suite ended with 2\npanic: nil');
  });

  it('tells what failed before the first spec', async () => {
    const binary = await suite(
      'setup.cjs',
      `await post('/BeforeSuiteDidRun', summary(4, 'no cluster is ready', [])); process.exit(1);`,
    );
    const { results: all, complaint } = await runGinkgo({ ...listener, binary, args: [], nodes: 1 });
    expect(reportOf(all, complaint, 3)).toBe(
      [
        'FAILED     0.0 s  [before the suite]',
        '                  no cluster is ready',
        '',
        '0 passed, 1 failed, 0 skipped by the suite itself (3 s)',
      ].join('\n'),
    );
  });
});
