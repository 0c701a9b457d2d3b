import { expect, it } from 'vitest';
import { sourcesBelow, upwardImports } from '../../../test/rooms.ts';

const SERVER = 'cli/sandbox/apiserver/';

/** From top to bottom, the server itself above all. A room may use those below it and nothing above. */
const ROOMS = [
  'server',
  'endpoints',
  'controllers',
  'faults',
  'discovery',
  'openapi',
  'decoding',
  'routing',
  'kinds',
  'customresources',
  'registry',
  'admission',
  'authentication',
  'authorization',
  'scale',
  'tables',
  'columns',
  'managed-fields',
  'patch',
  'protobuf',
  'warnings',
  'encoding',
  'validation',
  'resources',
  'schema',
  'storage',
  'user',
  'errors',
];

function roomOf(file: string): string | undefined {
  if (!file.startsWith(SERVER)) return undefined;
  const [folder = '', ...below] = file.slice(SERVER.length).split('/');
  return below.length === 0 ? 'server' : folder;
}

it('imports of the embedded API server point downwards only, from the request to what is stored', () => {
  expect(upwardImports(sourcesBelow(SERVER), ROOMS, roomOf)).toEqual([]);
});
