import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The sources below a folder of the repository, tests and what only they use left out. Paths from the repository's root. */
export function sourcesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('/testing/'));
}

/**
 * The imports among `files` that point from a room to one above it, and the files that are in no room.
 * @param rooms from top to bottom
 * @param roomOf the room of a file, of which there may be more than are listed; undefined: outside the house
 */
export function upwardImports(
  files: readonly string[],
  rooms: readonly string[],
  roomOf: (file: string) => string | undefined,
): string[] {
  const level = (file: string): number | undefined => {
    const room = roomOf(file);
    return room === undefined ? undefined : rooms.indexOf(room);
  };
  return files.flatMap((file) => {
    const own = level(file);
    if (own === undefined || own < 0) return [`${file} is in no room`];
    return importsOf(file)
      .filter((imported) => (level(imported) ?? own) < own)
      .map((imported) => `${file} → ${imported}`);
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) =>
    relative(ROOT, join(ROOT, dirname(file), match[1] ?? '')),
  );
}
