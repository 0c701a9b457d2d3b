import type { ReflectorState } from './reflector.ts';

/** What a request is for, in the words of Kubernetes' own `verb` labels; `other` for what names no object. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'other';

/** One resource that somebody keeps like the server. */
export interface ObservedWatch {
  readonly cluster: string;
  /** `deployments.apps` */
  readonly resource: string;
  readonly state: ReflectorState;
  /** How long nothing has come from the server, milliseconds: a list, an event, a bookmark. */
  readonly ageMs: number;
  /** How many objects are kept. */
  readonly objects: number;
}

/** Hears of what clients do. What it is told must cost it next to nothing: it is called for every request. */
export interface ClientObserver {
  /**
   * An attempt has ended. A watch is told of when it was opened, with the time that took.
   * @param code HTTP status; 0 when there was no answer
   */
  requested(cluster: string, verb: Verb, code: number, seconds: number): void;
  /** A watch begins to be kept. It reads `watch` when it likes, until the returned function is called. */
  watching(watch: ObservedWatch): () => void;
}
