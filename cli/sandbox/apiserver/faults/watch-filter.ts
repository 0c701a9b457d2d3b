/** The lines of a watch, of which some are left out. What is missed is followed by a bookmark, so that nobody comes back for it. */
export class WatchFilter {
  readonly #drops: () => boolean;
  #partial = '';

  constructor(drops: () => boolean) {
    this.#drops = drops;
  }

  get isBetweenLines(): boolean {
    return this.#partial === '';
  }

  /** What is sent instead of `chunk`. */
  pass(chunk: string): string {
    const lines = (this.#partial + chunk).split('\n');
    this.#partial = lines.pop() ?? '';
    return lines.map((line) => this.#line(line)).join('');
  }

  /** What was no whole line when the answer ended: a refusal, which is no stream of events. */
  rest(): string {
    const rest = this.#partial;
    this.#partial = '';
    return rest;
  }

  #line(line: string): string {
    const event = readEvent(line);
    if (event === undefined || !this.#drops()) return `${line}\n`;
    const { kind, apiVersion, metadata } = event.object;
    const { resourceVersion } = metadata;
    const object = { kind, apiVersion, metadata: { resourceVersion, creationTimestamp: null } };
    return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
  }
}

interface WatchLine {
  readonly object: {
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly metadata: { readonly resourceVersion?: string };
  };
}

/** Of an object; bookmarks and errors are never missed. */
function readEvent(line: string): WatchLine | undefined {
  if (!/^\{"type":"(?:ADDED|MODIFIED|DELETED)"/.test(line)) return undefined;
  return JSON.parse(line) as WatchLine;
}
