import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ClusterSummary, Freshness, Session } from '../../../../../apis/dashboard/v1.ts';
import type { Link } from '../logic/freshness.ts';
import { type History, remember } from '../logic/history.ts';
import { problemIn, read } from './api.ts';
import { ChangeStream, type StreamEvent } from './change-stream.ts';
import { Observed } from './observed.ts';

export type SignedIn =
  | { readonly state: 'unknown' }
  | { readonly state: 'in'; readonly session: Session }
  /** `ended`: there was one before. */
  | { readonly state: 'out'; readonly ended: boolean };

/** A tab that is out of sight for so long hears of no changes until it is looked at again. */
const REST_MS = 5_000;

/** What all pages share: who looks, how things stand with the server, and what it tells of changes. */
export class Dashboard {
  readonly session = new Observed<SignedIn>({ state: 'unknown' });
  readonly link = new Observed<Link>({ open: false });
  /** Members' figures as seen since the page was opened. */
  readonly history = new Observed<History>(new Map());
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  readonly #stream = new ChangeStream({
    event: (event) => this.#tell(event),
    opened: () => this.#found(),
    lost: () => this.#lost(),
  });

  #rest: ReturnType<typeof setTimeout> | undefined;

  async start(): Promise<void> {
    addEventListener('online', () => this.#resume());
    addEventListener('pagehide', () => this.#stream.close());
    addEventListener('pageshow', ({ persisted }) => persisted && this.#resume());
    document.addEventListener('visibilitychange', () => this.#looked());
    await this.#look();
  }

  /** Reads from the server; an ended session shows everywhere at once. */
  async read<T>(path: string, signal?: AbortSignal): Promise<T> {
    try {
      return await read<T>(path, signal);
    } catch (error) {
      const { status } = problemIn(error);
      if (status === 401) this.#out();
      // A stream whose other end went without a word looks open for ever.
      if (status === 0 && !signal?.aborted && this.link.value.open) {
        this.#lostLink();
        this.#stream.hurry(true);
      }
      throw error;
    }
  }

  /** @throws RequestFailed when the server refuses the token */
  async signIn(token: string): Promise<void> {
    this.#in(await read<Session>('session', undefined, token));
  }

  subscribe(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What an answer says of the stores that it was read from. */
  noteFreshness(freshness: Freshness): void {
    this.link.set({ ...this.link.value, freshness });
  }

  noteClusters(clusters: readonly ClusterSummary[]): void {
    this.history.set(remember(this.history.value, clusters, Date.now()));
  }

  async #look(): Promise<void> {
    try {
      this.#in(await this.read<Session>('session'));
    } catch (error) {
      const { status } = problemIn(error);
      if (status === 401) return;
      // Not there now: the pages say so, and the stream tells when it is back.
      this.session.set({ state: 'in', session: { user: '', by: 'token' } });
      this.#stream.open();
    }
  }

  /** Browsers hold six connections to a server: a stream of each tab in the background would leave none for those in sight. */
  #looked(): void {
    clearTimeout(this.#rest);
    if (document.hidden) this.#rest = setTimeout(() => this.#stream.close(), REST_MS);
    else this.#resume();
  }

  #resume(): void {
    if (this.session.value.state === 'in') this.#stream.hurry();
  }

  #in(session: Session): void {
    this.session.set({ state: 'in', session });
    this.#stream.open();
  }

  #out(): void {
    const { state } = this.session.value;
    if (state === 'out') return;
    this.#stream.close();
    this.link.set({ open: false });
    this.session.set({ state: 'out', ended: state === 'in' });
  }

  #found(): void {
    const { freshness } = this.link.value;
    this.link.set({ open: true, ...(freshness === undefined ? {} : { freshness }) });
  }

  #lostLink(): void {
    const { lostAt = Date.now() } = this.link.value;
    this.link.set({ ...this.link.value, open: false, lostAt });
  }

  #lost(): void {
    this.#lostLink();
    // A stream tells no reason. Whoever's session ended is told so here.
    void this.read<Session>('session').then(
      (session) => this.session.value.state === 'in' && this.session.set({ state: 'in', session }),
      () => undefined,
    );
  }

  #tell(event: StreamEvent): void {
    if (event !== 'reset') this.noteClusters(event.clusters);
    for (const listener of [...this.#listeners]) listener(event);
  }
}

export const DashboardContext = createContext<Dashboard | undefined>(undefined);

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === undefined) throw new Error('shown outside of the dashboard');
  return dashboard;
}
