import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import { type Settings, settingsOf } from '../../apis/core/v1beta1/settings.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { Reflector } from '../kube/reflector.ts';
import { Store, type StoreEvent } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { changesBetween, inWords } from './settings-change.ts';
import type { SettingsNews, SettingsSource } from './settings-source.ts';

export interface LiveSettingsOptions {
  readonly host: Client;
  /** The control plane's. */
  readonly namespace: string;
  /** What was read at the start. */
  readonly initial: Settings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/**
 * The settings of the control plane as its KubeFedConfig says them now. A config that is not valid, that names another
 * scope or that is deleted changes nothing: what held before holds on, and the log says why.
 */
export class LiveSettings implements SettingsSource {
  readonly name = 'settings';
  readonly #options: LiveSettingsOptions;
  readonly #store: Store<KubeFedConfig>;
  readonly #listeners = new Set<(news: SettingsNews) => void>();
  readonly #stopping = new AbortController();
  #current: Settings;
  #refused: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#current = options.initial;
    const { clock, log } = options;
    this.#store = new Store<KubeFedConfig>({ clock, log });
    this.#store.subscribe((event) => this.#onEvent(event));
  }

  get current(): Settings {
    return this.#current;
  }

  subscribe(listener: (news: SettingsNews) => void): () => void {
    const entry = (news: SettingsNews) => listener(news);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Waits for nothing: what was read at the start holds until something else is heard. */
  start(): Promise<void> {
    const { host: client, namespace, clock, random, log } = this.#options;
    const fieldSelector = `metadata.name=${KUBEFED_CONFIG_NAME}`;
    const what = { resource: KUBEFED_CONFIGS, namespace, fieldSelector, store: this.#store };
    this.#running ??= new Reflector<KubeFedConfig>({ client, ...what, clock, random, log }).run(this.#stopping.signal);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
  }

  #onEvent({ type, object }: StoreEvent<KubeFedConfig>): void {
    if (object.metadata.name !== KUBEFED_CONFIG_NAME) return;
    if (type === 'deleted') {
      this.#options.log.warn('the KubeFedConfig was deleted: what it said holds until another one comes');
      return;
    }
    try {
      this.#take(object, settingsOf(object));
    } catch (error) {
      this.#refuse(object, error instanceof Error ? error.message : String(error));
    }
  }

  #take(about: DeepReadonly<KubeFedConfig>, settings: Settings): void {
    const { scope } = this.#current;
    if (settings.scope !== scope) {
      const why = `spec.scope: ${settings.scope} needs a control plane of its own; this one began with ${scope}`;
      this.#refuse(about, why);
      return;
    }
    this.#refused = undefined;
    const changes = changesBetween(this.#current, settings);
    this.#current = settings;
    if (changes.length === 0) return;
    this.#options.log.info({ changes: inWords(changes) }, 'the KubeFedConfig changed');
    this.#tell({ kind: 'taken', about, changes });
  }

  #refuse(about: DeepReadonly<KubeFedConfig>, why: string): void {
    if (this.#refused === why) return;
    this.#refused = why;
    this.#options.log.error({ why }, 'the changed KubeFedConfig is refused: what held before holds on');
    this.#tell({ kind: 'refused', about, why });
  }

  #tell(news: SettingsNews): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}
