import { Distribution, type DistributionSample, family, histogramFamily, type Sample } from './exposition.ts';

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** One verb towards one cluster. */
interface Requests {
  /** By HTTP status; 0: no answer. */
  readonly codes: Map<number, number>;
  readonly duration: Distribution;
}

/** client-go's word for a request without an answer. */
const NO_ANSWER = '<error>';

interface KeptWatch {
  readonly cluster: string;
  readonly resource: string;
  readonly state: string;
  readonly ageMs: number;
  readonly objects: number;
}

/**
 * Requests to API servers, and the watches that are kept. Numbers in plain memory: a request costs two look-ups in maps and
 * two additions, whoever scrapes pays for the words. Only clusters that are known have series, so that the last request to
 * one that has left does not bring it back.
 */
export class RequestMetrics {
  readonly #clusters = new Map<string, Map<string, Requests>>();
  readonly #watches = new Set<KeptWatch>();

  knows(cluster: string): void {
    if (!this.#clusters.has(cluster)) this.#clusters.set(cluster, new Map());
  }

  forget(cluster: string): void {
    this.#clusters.delete(cluster);
  }

  requested(cluster: string, verb: string, code: number, seconds: number): void {
    const verbs = this.#clusters.get(cluster);
    if (verbs === undefined) return;
    let requests = verbs.get(verb);
    if (requests === undefined) {
      requests = { codes: new Map(), duration: new Distribution(BUCKETS) };
      verbs.set(verb, requests);
    }
    requests.codes.set(code, (requests.codes.get(code) ?? 0) + 1);
    requests.duration.observe(seconds);
  }

  watching(watch: KeptWatch): () => void {
    this.#watches.add(watch);
    return () => void this.#watches.delete(watch);
  }

  text(): string {
    const ages = new Map<string, Sample>();
    const objects = new Map<string, Sample>();
    for (const { cluster, resource, state, ageMs, objects: count } of this.#watches) {
      if (!this.#clusters.has(cluster)) continue;
      const [key, labels] = [`${cluster} ${resource}`, { cluster, resource }];
      objects.set(key, { labels, value: (objects.get(key)?.value ?? 0) + count });
      // What a member does not serve is no watch that could grow old.
      if (state === 'notServed') continue;
      ages.set(key, { labels, value: Math.max(ages.get(key)?.value ?? 0, ageMs / 1000) });
    }
    return [
      family('fedmesh_api_requests_total', 'counter', 'Requests to API servers, by how they were answered.', [
        ...this.#counts(),
      ]),
      histogramFamily(
        'fedmesh_api_request_duration_seconds',
        'Time until an API server has answered; of a watch, until it is open.',
        this.#durations(),
      ),
      family(
        'fedmesh_watch_age_seconds',
        'gauge',
        'Time since anything came over the watch of a resource.',
        ages.values(),
      ),
      family('fedmesh_store_objects', 'gauge', 'Objects of a resource that are kept in memory.', objects.values()),
    ].join('\n');
  }

  *#counts(): IterableIterator<Sample> {
    for (const [cluster, verbs] of this.#clusters) {
      for (const [verb, { codes }] of verbs) {
        for (const [code, value] of codes) {
          yield { labels: { cluster, verb, code: code === 0 ? NO_ANSWER : String(code) }, value };
        }
      }
    }
  }

  *#durations(): IterableIterator<DistributionSample> {
    for (const [cluster, verbs] of this.#clusters) {
      for (const [verb, { duration }] of verbs) yield { labels: { cluster, verb }, distribution: duration };
    }
  }
}
