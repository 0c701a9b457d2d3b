import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, ZERO_TIME } from './objects.ts';
import { NetmakerStandIn } from './stand-in.ts';

interface Exchange {
  readonly note: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly status: number;
  readonly response: unknown;
}

/** With a real server v1.5.1, community edition, in this order. Keys, tokens and passwords are taken out. */
const RECORDED = fileURLToPath(new URL('./recorded-exchanges.jsonl', import.meta.url));
const EXCHANGES: Exchange[] = readFileSync(RECORDED, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** What the server makes up anew at each run, and what was taken out of the recording. */
const MADE_UP = new Set([
  'value',
  'token',
  'publickey',
  'privatekey',
  'TrafficKey',
  'AuthToken',
  'hostpass',
  'password',
  'traffickeypublic',
]);
const SECONDS = new Set(['lastmodified', 'expdatetime', 'lastcheckin']);

/** Ids by their order of appearance, times and keys by a word, lists of objects in an order of their own (the server's is a map's). */
function normalise(value: unknown, known: Map<string, string>, key = ''): unknown {
  if (typeof value === 'string') {
    if (MADE_UP.has(key)) return value === '' ? '' : `<${key}>`;
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return value === ZERO_TIME ? value : '<time>';
    return named(value, known);
  }
  if (typeof value === 'number') return SECONDS.has(key) && value > 0 ? '<seconds>' : value;
  if (Array.isArray(value)) {
    const list = value.map((each) => normalise(each, known, key));
    return list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([name, each]) => [named(name, known), normalise(each, known, name)] as const,
  );
  return Object.fromEntries(entries);
}

function named(text: string, known: Map<string, string>): string {
  return text.replace(UUID, (id) => known.get(id) ?? id);
}

/** In lists without an order ids are first told apart by what they stand for. */
function learn(recorded: unknown, answered: unknown, ids: Map<string, string>): void {
  if (typeof recorded === 'string' && typeof answered === 'string') {
    const [from] = recorded.match(UUID) ?? [];
    const [to] = answered.match(UUID) ?? [];
    if (from !== undefined && to !== undefined && !ids.has(from)) ids.set(from, to);
  } else if (Array.isArray(recorded) && Array.isArray(answered)) {
    const place = (each: Json) => JSON.stringify([each.name, each.address, each.range]);
    for (const one of recorded)
      learn(
        one,
        answered.find((each) => place(each) === place(one)),
        ids,
      );
  } else if (isJson(recorded) && isJson(answered)) {
    for (const name of Object.keys(recorded)) learn(recorded[name], answered[name], ids);
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('the stand-in answers as a Netmaker server v1.5.1 did', () => {
  const ids = new Map<string, string>();
  let standIn: NetmakerStandIn;
  let key = '';
  let signedIn = '';

  beforeAll(async () => {
    standIn = await NetmakerStandIn.start();
  });
  afterAll(() => standIn.close());

  const real = (text: string) => text.replace(UUID, (id) => ids.get(id) ?? id);

  async function ask({ note, request }: Exchange): Promise<{ status: number; content: unknown }> {
    const token = note === 'list with that token' ? signedIn : standIn.masterKey;
    const authorization =
      note === 'no token' ? {} : { authorization: note === 'wrong token' ? 'Bearer wrong' : `Bearer ${token}` };
    const whole = note === 'sign in, wrong' ? JSON.stringify({ username: 'admin', password: 'wrong' }) : undefined;
    const body = typeof request.body === 'string' ? request.body : real(JSON.stringify(request.body ?? null));
    const answer = await fetch(standIn.url + real(request.path.replace('<token>', encodeURIComponent(key))), {
      method: request.method,
      headers: { ...authorization, 'content-type': 'application/json' },
      ...(request.body === undefined ? {} : { body: whole ?? body }),
    });
    const text = await answer.text();
    const content: unknown = answer.headers.get('content-type') === 'application/json' ? JSON.parse(text) : text;
    if (note === 'enrolment key' && isJson(content)) key = String(content.token);
    if (note === 'sign in' && isJson(content) && isJson(content.Response))
      signedIn = String(content.Response.AuthToken);
    return { status: answer.status, content };
  }

  it.each(EXCHANGES.map((exchange, index) => [`${index + 1}: ${exchange.note}`, exchange] as const))(
    '%s',
    async (_name, exchange) => {
      const { status, content } = await ask(exchange);
      learn(exchange.response, content, ids);
      expect(status).toBe(exchange.status);
      expect(normalise(content, new Map())).toEqual(normalise(exchange.response, ids));
    },
  );
});
