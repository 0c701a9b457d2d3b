import { expect, it } from 'vitest';
import { parseDirectory } from './directory.ts';

const MEMBER = { cluster: 'earth', pods: ['10.1.0.1', 'fd00::1'], services: [] };
const GOOD = { version: 'v1', intervalMs: 60_000, perRound: 1, podPort: 8080, servicePort: 80, members: [MEMBER] };

it('a list of whom to ask is read as it was written', () => {
  expect(parseDirectory(JSON.stringify(GOOD))).toEqual(GOOD);
});

it.each([
  ['{', 'is no JSON: '],
  ['[]', 'is no JSON object'],
  [JSON.stringify({ ...GOOD, version: 1 }), 'has no version'],
  [JSON.stringify({ ...GOOD, intervalMs: 10 }), 'intervalMs is no number of milliseconds, 1000 or more'],
  [JSON.stringify({ ...GOOD, perRound: 0 }), 'perRound is no number of members, 1 or more'],
  [JSON.stringify({ ...GOOD, podPort: 0 }), 'podPort is no port'],
  [JSON.stringify({ ...GOOD, servicePort: 65_536 }), 'servicePort is no port'],
  [JSON.stringify({ ...GOOD, members: {} }), 'has no list of members'],
  [JSON.stringify({ ...GOOD, members: [{ pods: [] }] }), 'has a member without a name'],
  [JSON.stringify({ ...GOOD, members: [{ cluster: 'earth', pods: [] }] }), 'member "earth" has no list of services'],
  [JSON.stringify({ ...GOOD, members: [{ ...MEMBER, pods: ['earth.example.com'] }] }), '"earth.example.com" of member'],
  [JSON.stringify({ ...GOOD, members: [MEMBER, MEMBER] }), 'names member "earth" twice'],
])('%s: says what is wrong with it', (text, fault) => {
  expect(parseDirectory(text)).toContain(fault);
});
