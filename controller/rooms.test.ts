import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** From top to bottom. A room may use those below it and nothing above. */
const ROOMS = [
  'cli',
  'controller',
  'controller/webhook',
  'controller/membership',
  'controller/scheduling',
  'controller/types',
  'controller/sync',
  'controller/ownership',
  'controller/clusters',
  'controller/runtime',
  'controller/kube',
  'controller/telemetry',
  'controller/time',
  'apis',
];

function roomOf(file: string): string | undefined {
  const directory = dirname(file);
  return ROOMS.filter((room) => room !== 'controller')
    .filter((room) => directory === room || directory.startsWith(`${room}/`))
    .concat(directory === 'controller' ? 'controller' : [])
    .at(0);
}

function sources(): string[] {
  return ['apis', 'cli', 'controller']
    .flatMap((top) =>
      readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' }).map((file) => join(top, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('/testing/'));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) =>
    relative(ROOT, join(ROOT, dirname(file), match[1] ?? '')),
  );
}

it('imports point downwards only, so that a room can be understood from what lies below it', () => {
  const upwards: string[] = [];
  for (const file of sources()) {
    const room = roomOf(file);
    expect(room, `${file} is in no room`).toBeDefined();
    for (const imported of importsOf(file)) {
      const other = roomOf(imported);
      if (room !== undefined && other !== undefined && ROOMS.indexOf(other) < ROOMS.indexOf(room)) {
        upwards.push(`${file} → ${imported}`);
      }
    }
  }
  expect(upwards).toEqual([]);
});
