import { readFileSync } from 'node:fs';
import { get } from 'node:https';

/** Asks POLL_URL every 100 ms over a connection of its own, and prints for each question when it was asked and whether it was answered in time. */
const { POLL_URL = '', POLL_CA = '' } = process.env;
const EVERY_MS = 100;
const TIMEOUT_MS = 1_000;
const ca = readFileSync(POLL_CA);

function ask(): void {
  const at = Date.now();
  const tell = (ok: boolean) => process.stdout.write(`${JSON.stringify({ at, ok })}\n`);
  const asked = get(POLL_URL, { agent: false, ca, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
    response.resume().on('end', () => tell(response.statusCode === 200));
  });
  asked.on('error', () => tell(false));
}

setInterval(ask, EVERY_MS);
