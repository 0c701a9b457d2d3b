import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';
import { redact, scrub } from './redaction.ts';

/** Fields by which lines are found: `cluster`, `key`, `controller`, `reconcileId`, `err`. */
export type Log = Logger;

export type LogLevel = LevelWithSilent;

export interface LogOptions {
  level?: LogLevel;
  /** Default: stderr. */
  destination?: 'stdout' | 'stderr' | DestinationStream;
}

/** Every log made from a root, so that its level can be changed for all of them. */
const childrenOf = new WeakMap<Log, Set<WeakRef<Log>>>();

/** JSON, a line each. What is secret by its name, its kind or its looks is taken out of every line. */
export function createLog(options: LogOptions = {}): Log {
  const children = new Set<WeakRef<Log>>();
  const gone = new FinalizationRegistry<WeakRef<Log>>((child) => children.delete(child));
  const log = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      serializers: { err: describeError },
      hooks: { streamWrite: scrub },
      onChild: (child) => {
        const reference = new WeakRef<Log>(child);
        children.add(reference);
        gone.register(child, reference);
      },
    },
    destinationOf(options.destination ?? 'stderr'),
  );
  childrenOf.set(log, children);
  return log;
}

/** What a server, a connection or a file is to blame for: their message says all, and where in the code it was met says nothing. */
const IN_WORDS: ReadonlySet<string> = new Set([
  'ApiError',
  'ConnectionError',
  'FencedError',
  'KubeconfigError',
  'MembershipError',
]);
const BESIDE_WORDS: ReadonlySet<string> = new Set(['stack', 'body']);

function describeError(error: unknown): unknown {
  const fields = redact(pino.stdSerializers.err(error as Error));
  if (!(error instanceof Error) || !IN_WORDS.has(error.name) || typeof fields !== 'object' || fields === null) {
    return fields;
  }
  const kept = Object.entries(fields).filter(([name]) => !BESIDE_WORDS.has(name));
  return { ...Object.fromEntries(kept), message: error.message };
}

/** Changes the level of a log that `createLog` made and of everything derived from it, while they are in use. */
export function setLogLevel(log: Log, level: LogLevel): void {
  log.level = level;
  for (const child of childrenOf.get(log) ?? []) {
    const alive = child.deref();
    if (alive !== undefined) alive.level = level;
  }
}

/** Says nothing: for tests, and for libraries that are given no log. */
export const silentLog: Log = pino({ level: 'silent' });

function destinationOf(destination: 'stdout' | 'stderr' | DestinationStream): DestinationStream {
  if (typeof destination !== 'string') return destination;
  return pino.destination({ dest: destination === 'stdout' ? 1 : 2, sync: true });
}
