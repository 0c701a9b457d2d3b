import { LOG_LEVEL_ANNOTATION } from '../apis/well-known.ts';
import type { Component } from './runtime/manager.ts';
import type { SettingsSource } from './settings/settings-source.ts';
import { type Log, type LogLevel, setLogLevel } from './telemetry/log.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/**
 * Logs what the KubeFedConfig's annotation asks for, from the moment it is written; without it, what the controller was
 * started with. A word that is no level changes nothing, and the log says so.
 */
export function followLogLevel(settings: SettingsSource, log: Log): Component {
  const started = log.level as LogLevel;
  let forget: (() => void) | undefined;
  let refused: string | undefined;
  const follow = () => {
    const asked = settings.current.logLevel;
    const level = asked === undefined ? started : LEVELS.find((each) => each === asked);
    if (level === undefined) {
      if (refused !== asked)
        log.warn({ asked, levels: LEVELS }, `${LOG_LEVEL_ANNOTATION} names no level: it changes nothing`);
      refused = asked;
      return;
    }
    refused = undefined;
    if (level !== log.level) setLogLevel(log, level);
  };
  return {
    name: 'log level',
    start: async () => {
      follow();
      forget = settings.subscribe((news) => {
        if (news.kind === 'taken') follow();
      });
    },
    close: async () => forget?.(),
  };
}
