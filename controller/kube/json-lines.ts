const NEWLINE = 10;

/** An object may be 1.5 MiB in etcd, a little more on the wire; escaped and doubled by managedFields it stays below. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export interface JsonLinesOptions {
  /** A line longer than this many bytes is an error. Default 16 MiB. */
  maxLineBytes?: number;
}

/** What came is no line of JSON. The message never quotes it: it may be a Secret. */
export class JsonLineError extends Error {
  override readonly name = 'JsonLineError';
  readonly code: 'LINE_TOO_LONG' | 'NOT_JSON';

  constructor(code: 'LINE_TOO_LONG' | 'NOT_JSON', message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The JSON values of a stream, one a line. Empty lines are passed over; the last line needs no newline. The source is
 * read only as fast as values are taken, and is let go of when the loop over the values is left.
 *
 * Newlines are looked for in bytes, and each line is decoded once and whole: a chunk may end within a character.
 * @throws JsonLineError, or what the source rejects with
 */
export async function* jsonLines(
  source: AsyncIterable<Buffer>,
  options: JsonLinesOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
  let parts: Buffer[] = [];
  let pending = 0;
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      checkLength(pending + end - start, maxLineBytes);
      const line = pending === 0 ? chunk.toString('utf8', start, end) : joined(parts, chunk.subarray(start, end));
      parts = [];
      pending = 0;
      start = end + 1;
      if (!isBlank(line)) yield parse(line);
    }
    if (start < chunk.length) {
      parts.push(start === 0 ? chunk : chunk.subarray(start));
      pending += chunk.length - start;
      checkLength(pending, maxLineBytes);
    }
  }
  const rest = Buffer.concat(parts).toString('utf8');
  if (!isBlank(rest)) yield parse(rest);
}

function joined(parts: readonly Buffer[], last: Buffer): string {
  return Buffer.concat([...parts, last]).toString('utf8');
}

function isBlank(line: string): boolean {
  return line === '' || line === '\r';
}

function checkLength(bytes: number, maxLineBytes: number): void {
  if (bytes > maxLineBytes) {
    throw new JsonLineError('LINE_TOO_LONG', `a line of the stream is longer than ${maxLineBytes} bytes`);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The parser's own message quotes the line.
    throw new JsonLineError('NOT_JSON', `a line of the stream (${line.length} characters) is not JSON`);
  }
}
