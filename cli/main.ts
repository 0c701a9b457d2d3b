#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../controller/time/clock.ts';
import type { Output } from './context.ts';
import { EXIT } from './exit.ts';
import { run } from './program.ts';
import { createRunContext } from './run-context.ts';

/** After Ctrl-C, how long what is in flight may take to let go. */
const LET_GO_MS = 2000;
/** npm and others pass on the Ctrl-C that the terminal has sent already: a second one so soon is nobody's impatience. */
const SAME_INTERRUPT_MS = 500;

/** Waiting for something keeps the process alive here; in the controller it does not. */
const clock: Clock = {
  ...systemClock,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

const interrupted = new AbortController();
// Every request under way listens to it; Node takes more than ten for a leak.
setMaxListeners(0, interrupted.signal);

let letGoMs = LET_GO_MS;
let interruptedAt: number | undefined;

function interrupt(code: number): void {
  const now = systemClock.monotonic();
  if (interruptedAt !== undefined) {
    if (now - interruptedAt > SAME_INTERRUPT_MS) process.exit(code);
    return;
  }
  interruptedAt = now;
  interrupted.abort(new Error('interrupted'));
  systemClock.after(letGoMs, () => process.exit(code));
}
process.on('SIGINT', () => interrupt(EXIT.interrupted));
process.on('SIGTERM', () => interrupt(EXIT.interrupted));
process.on('SIGHUP', () => interrupt(EXIT.interrupted));

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read us (`| head`) has seen enough: that is no failure.
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
  };
}

async function readInput(path: string): Promise<string> {
  if (path !== '-') return readFile(path, 'utf8');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Loaded only when somebody is asked something. */
async function confirm(question: string): Promise<boolean> {
  const { confirm: ask } = await import('@clack/prompts');
  const answer = await ask({
    message: question,
    initialValue: false,
    input: process.stdin,
    output: process.stderr,
    signal: interrupted.signal,
  });
  if (typeof answer === 'boolean') return answer;
  // Ctrl-C at the question: the terminal is in raw mode there, so no signal comes.
  interrupt(EXIT.interrupted);
  throw interrupted.signal.reason;
}

const exitCode = await run(
  process.argv.slice(2),
  createRunContext({
    stdout: outputTo(process.stdout),
    stderr: outputTo(process.stderr),
    stdinIsTTY: process.stdin.isTTY === true,
    clock,
    signal: interrupted.signal,
    environment: process.env,
    readInput,
    confirm,
    allowToClose: (ms) => {
      letGoMs = ms;
    },
  }),
);
// Pipes are written asynchronously: leave once they are empty.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
