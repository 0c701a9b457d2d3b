/** Labels by name, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One metric without buckets, in Prometheus' text format. */
export function family(name: string, type: 'counter' | 'gauge', help: string, samples: Iterable<Sample>): string {
  let text = head(name, type, help);
  for (const { labels, value } of samples) text += line(name, labels, value);
  return text;
}

/** A histogram's numbers: a plain observation is one addition, and allocates nothing. */
export class Distribution {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds upper bounds of the buckets, ascending; the last, which has none, is added */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** Its lines in the text format, buckets cumulated. */
  lines(name: string, labels: Labels): string {
    let text = '';
    let count = 0;
    for (const [index, each] of this.#counts.entries()) {
      count += each;
      const bound = this.#bounds[index];
      text += line(`${name}_bucket`, { ...labels, le: bound === undefined ? '+Inf' : String(bound) }, count);
    }
    return text + line(`${name}_sum`, labels, this.#sum) + line(`${name}_count`, labels, count);
  }
}

export interface DistributionSample {
  readonly labels: Labels;
  readonly distribution: Distribution;
}

export function histogramFamily(name: string, help: string, samples: Iterable<DistributionSample>): string {
  let text = head(name, 'histogram', help);
  for (const { labels, distribution } of samples) text += distribution.lines(name, labels);
  return text;
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
