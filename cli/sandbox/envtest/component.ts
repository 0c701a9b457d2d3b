import type { ChildProcess } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { hasExited, type Reaper } from './reaper.ts';

const LOOK_AGAIN_MS = 40;
const LOG_TAIL_BYTES = 4096;

/** A port that was free when it was chosen was taken before the program bound it: another one will do. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

export interface ComponentOptions {
  program: string;
  args: readonly string[];
  logFile: string;
  /** Asked again and again until it says true; what it throws counts as not ready yet. */
  isReady: () => Promise<boolean>;
  signal: AbortSignal;
}

/**
 * Starts a program and waits until it is ready.
 *
 * @throws when the program exits or the signal aborts before that, with the end of its log.
 */
export async function startComponent(reaper: Reaper, options: ComponentOptions): Promise<ChildProcess> {
  const { program, logFile, isReady, signal } = options;
  const logStart = await sizeOf(logFile);
  const child = await reaper.spawn(program, options.args, logFile);
  let lastError: unknown;
  while (!signal.aborted) {
    if (hasExited(child)) {
      const log = await logTail(logFile, logStart);
      if (log.includes('address already in use')) throw new PortTakenError(`${program}: address already in use`);
      throw new Error(`${program} exited with ${child.exitCode ?? child.signalCode}. The end of ${logFile}:\n${log}`);
    }
    try {
      if (await isReady()) return child;
    } catch (error) {
      lastError = error;
    }
    await delay(LOOK_AGAIN_MS);
  }
  child.kill('SIGKILL');
  throw new Error(
    `${program} was not ready in time (${signal.reason}). The end of ${logFile}:\n${await logTail(logFile, logStart)}`,
    { cause: lastError },
  );
}

export interface Answer {
  status: number;
  text: string;
}

/** One GET on a connection of its own, so that nothing stays open. */
export async function get(url: string, options: { ca?: string; token?: string; signal: AbortSignal }): Promise<Answer> {
  const { ca, token, signal } = options;
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const requestOptions: RequestOptions = { agent: false, headers, signal, ...(ca === undefined ? {} : { ca }) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send(url, requestOptions, resolve).once('error', reject).end();
  });
  return { status: response.statusCode ?? 0, text: await text(response) };
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

async function logTail(file: string, start: number): Promise<string> {
  const log = await open(file);
  try {
    const { size } = await log.stat();
    const from = Math.max(start, size - LOG_TAIL_BYTES);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(LOG_TAIL_BYTES), 0, Math.max(0, size - from), from);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await log.close();
  }
}
