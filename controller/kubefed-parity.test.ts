import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);

/** The rows of the table whose second cell names a test file. */
function rows(): { feature: string; file: string; test: string }[] {
  const text = readFileSync(new URL('docs/kubefed-parity.md', ROOT), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, feature = '', file, test = ''] = /^\| (.+?) +\| `([^`]+\.test\.ts)` +\| (.+?) +\|$/.exec(line) ?? [];
    return file === undefined ? [] : [{ feature, file, test: test.replaceAll('\\|', '|') }];
  });
}

/** Names of tests may be written with either quote. */
function unquoted(text: string): string {
  return text.replaceAll("\\'", "'").replaceAll('\\"', '"');
}

it("every feature of KubeFed's in docs/kubefed-parity.md has the tests that the table names", () => {
  const missing = rows().filter(({ file, test }) => {
    try {
      return !unquoted(readFileSync(new URL(file, ROOT), 'utf8')).includes(test);
    } catch (error) {
      return String(error).includes('ENOENT');
    }
  });
  expect(missing).toEqual([]);
  expect(rows().length).toBeGreaterThan(80);
});
