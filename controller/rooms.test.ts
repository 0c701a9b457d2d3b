import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { sourcesBelow, upwardImports } from '../test/rooms.ts';

/** From top to bottom. A room may use those below it and nothing above. */
const ROOMS = [
  'cli',
  'controller',
  'controller/dashboard',
  'controller/dashboard/web',
  'controller/webhook',
  'controller/membership',
  'controller/following',
  'controller/services',
  'controller/network',
  'controller/scheduling',
  'controller/types',
  'controller/sync',
  'controller/sync/dispatch',
  'controller/sync/compare',
  'controller/sync/versions',
  'controller/sync/render',
  'controller/sync/retention',
  'controller/sync/placement',
  'controller/sync/status',
  'controller/sync/json',
  'controller/ownership',
  'controller/clusters',
  'controller/runtime',
  'controller/settings',
  'controller/kube',
  'controller/telemetry',
  'controller/time',
  'apis',
];

function roomOf(file: string): string | undefined {
  const directory = dirname(file);
  if (directory === 'controller') return directory;
  return ROOMS.filter((room) => room !== 'controller')
    .filter((room) => directory === room || directory.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

it('imports point downwards only, so that a room can be understood from what lies below it', () => {
  const sources = ['apis', 'cli', 'controller'].flatMap(sourcesBelow);
  expect(sources.filter((file) => roomOf(file) === undefined)).toEqual([]);
  expect(upwardImports(sources, ROOMS, roomOf)).toEqual([]);
});
