import { describe, expect, it } from 'vitest';
import { type JsonLinesOptions, jsonLines } from './json-lines.ts';

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function read(source: AsyncIterable<Buffer>, options?: JsonLinesOptions): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(source, options)) values.push(value);
  return values;
}

describe('a stream of JSON lines', () => {
  it('gives every value of a chunk that holds many', async () => {
    expect(await read(chunks('{"a":1}\n{"a":2}\n\n\r\n[3]\r\n'))).toEqual([{ a: 1 }, { a: 2 }, [3]]);
  });

  it('gives the same values wherever it is cut, even within a character', async () => {
    const text = Buffer.from('{"name":"größe 🚀"}\n"日本"\n');
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(await read(chunks(text.subarray(0, cut), text.subarray(cut)))).toEqual([{ name: 'größe 🚀' }, '日本']);
    }
    const bytes = Array.from(text, (_, index) => text.subarray(index, index + 1));
    expect(await read(chunks(...bytes))).toEqual([{ name: 'größe 🚀' }, '日本']);
  });

  it('gives a last line that no newline ends', async () => {
    expect(await read(chunks('1\n', '2'))).toEqual([1, 2]);
    expect(await read(chunks())).toEqual([]);
  });

  it('is read no further than its values are taken, and let go of when the loop is left', async () => {
    const log: string[] = [];
    async function* source() {
      try {
        for (const line of ['1\n', '2\n', '3\n']) {
          log.push(`read ${line.trim()}`);
          yield Buffer.from(line);
        }
      } finally {
        log.push('let go');
      }
    }
    for await (const value of jsonLines(source())) {
      log.push(`took ${value}`);
      if (value === 2) break;
    }
    expect(log).toEqual(['read 1', 'took 1', 'read 2', 'took 2', 'let go']);
  });

  it('with a line that never ends is given up at the bound, not at the end of memory', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(10, 'x');
    }
    const failure = expect.objectContaining({
      code: 'LINE_TOO_LONG',
      message: 'a line of the stream is longer than 64 bytes',
    });
    await expect(read(endless(), { maxLineBytes: 64 })).rejects.toEqual(failure);
    await expect(read(chunks(`"${'x'.repeat(64)}"\n`), { maxLineBytes: 64 })).rejects.toEqual(failure);
    expect(await read(chunks(`"${'x'.repeat(62)}"\n`), { maxLineBytes: 64 })).toHaveLength(1);
  });

  it('with something else in it says so without quoting it', async () => {
    const reading = read(chunks('{"data":{"password":"hunter2"\n'));
    await expect(reading).rejects.toMatchObject({
      code: 'NOT_JSON',
      message: 'a line of the stream (29 characters) is not JSON',
    });
    await expect(reading).rejects.not.toThrow('hunter2');
  });
});
