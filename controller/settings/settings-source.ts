import type { Settings } from '../../apis/core/v1beta1/settings.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { SettingChange } from './settings-change.ts';

/** What was heard of the KubeFedConfig: a change that holds from now on, or one that was refused. */
export type SettingsNews = { readonly about: DeepReadonly<KubeObject> } & (
  | { readonly kind: 'taken'; readonly changes: readonly SettingChange[] }
  | { readonly kind: 'refused'; readonly why: string }
);

/** What is set now. Whoever keeps a value keeps one that may be outdated. */
export interface SettingsSource {
  readonly current: Settings;
  /** Called after `current` has changed, and when a change was refused. The returned function takes it back. */
  subscribe(listener: (news: SettingsNews) => void): () => void;
}

/** Settings that never change, as from a file. */
export function fixedSettings(settings: Settings): SettingsSource {
  return { current: settings, subscribe: () => () => undefined };
}
