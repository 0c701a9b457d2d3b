import { expect, it } from 'vitest';
import { type Settings, settingsOf } from '../apis/core/v1beta1/settings.ts';
import { followLogLevel } from './log-level.ts';
import type { SettingsNews } from './settings/settings-source.ts';
import { createLog } from './telemetry/log.ts';

const { signal } = new AbortController();

function asking(level?: string): Settings {
  const annotations = level === undefined ? {} : { 'fedmesh.io/log-level': level };
  return settingsOf({ metadata: { name: 'kubefed', annotations }, spec: { scope: 'Cluster' } });
}

it('the log says more as soon as the KubeFedConfig asks for it, in every part, and goes back when it no longer does', async () => {
  const lines: string[] = [];
  const log = createLog({ destination: { write: (line) => void lines.push(line) } });
  const part = log.child({ component: 'sync' });
  const listeners = new Set<(news: SettingsNews) => void>();
  const settings = {
    current: asking(),
    subscribe(listener: (news: SettingsNews) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const say = (level?: string) => {
    settings.current = asking(level);
    for (const listener of listeners) listener({ kind: 'taken', about: { metadata: {} }, changes: [] });
    part.debug(`asked for ${level ?? 'nothing'}`);
  };
  const following = followLogLevel(settings, log);
  await following.start(signal);
  say('debug');
  say('verbose');
  say('verbose');
  say('error');
  say('verbose');
  say();
  say('debug');
  await following.close();
  say();
  const said = lines.map((line) => JSON.parse(line)).map(({ level, msg }) => `${level}: ${msg}`);
  const refusal = 'warn: fedmesh.io/log-level names no level: it changes nothing';
  expect(said).toEqual([
    'debug: asked for debug',
    refusal,
    'debug: asked for verbose',
    'debug: asked for verbose',
    'debug: asked for debug',
    // Nobody follows any more.
    'debug: asked for nothing',
  ]);
});
