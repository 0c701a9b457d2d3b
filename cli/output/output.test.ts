import { describe, expect, it } from 'vitest';
import { ageOf, humanDuration } from './age.ts';
import { toJsonObjects, toYaml, toYamlStream } from './format.ts';
import { table } from './table.ts';

describe('tables', () => {
  it('line up as kubectl prints them, with nothing after the last cell', () => {
    expect(
      table(
        ['NAME', 'READY', 'WHY'],
        [
          ['earth', 'True', ''],
          ['vulcan-9', 'False', 'gone away'],
        ],
      ),
    ).toBe('NAME       READY   WHY\nearth      True\nvulcan-9   False   gone away\n');
  });
});

describe('ages', () => {
  it.each([
    [-5, '0s'],
    [45_000, '45s'],
    [119_000, '119s'],
    [250_000, '4m10s'],
    [240_000, '4m'],
    [25 * 60_000, '25m'],
    [200 * 60_000, '3h20m'],
    [30 * 3_600_000, '30h'],
    [76 * 3_600_000, '3d4h'],
    [90 * 86_400_000, '90d'],
    [800 * 86_400_000, '2y70d'],
  ])('%d ms is %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it('are unknown where there is no time', () => {
    expect(ageOf(undefined, 0)).toBe('-');
    expect(ageOf('whenever', 0)).toBe('-');
  });
});

describe('YAML and JSON', () => {
  it('keep long lines whole and write no anchors', () => {
    const shared = { a: 1 };
    const long = 'x '.repeat(100).trim();
    expect(toYaml({ one: shared, two: shared, long })).toBe(`one:\n  a: 1\ntwo:\n  a: 1\nlong: ${long}\n`);
  });

  it('hold several objects so that kubectl reads them', () => {
    expect(toYamlStream([{ a: 1 }, { b: 2 }])).toBe('---\na: 1\n---\nb: 2\n');
    expect(JSON.parse(toJsonObjects([{ a: 1 }]))).toEqual({ a: 1 });
    expect(JSON.parse(toJsonObjects([{ a: 1 }, { b: 2 }]))).toEqual({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ a: 1 }, { b: 2 }],
    });
  });
});
