import { describe, expect, it } from 'vitest';
import { createLog, type LogOptions, setLogLevel, silentLog } from './log.ts';

function logInMemory(options: LogOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ ...options, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('a log', () => {
  it('writes a line of JSON with its fields, the level in words and the time of day', () => {
    const { log, lines, last } = logInMemory();
    log.child({ cluster: 'earth' }).info({ key: 'default/web' }, 'created');
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      cluster: 'earth',
      key: 'default/web',
      msg: 'created',
    });
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  it('changes its level while it runs, in what was derived from it too', () => {
    const { log, lines } = logInMemory({ level: 'info' });
    const child = log.child({ cluster: 'earth' });
    const grandchild = child.child({ key: 'a' });
    grandchild.debug('not yet');
    setLogLevel(log, 'debug');
    log.debug('one');
    child.debug('two');
    grandchild.debug('three');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['one', 'two', 'three']);
  });

  it('tells an error with its cause and its code', () => {
    const { log, last } = logInMemory();
    const error = Object.assign(new Error('no answer', { cause: new Error('socket hang up') }), { code: 'ECONNRESET' });
    log.error({ err: error }, 'failed');
    expect(last()).toMatchObject({
      err: { message: 'no answer: socket hang up', code: 'ECONNRESET', stack: expect.any(String) },
    });
  });

  it('tells what a server answered in its words alone, once', () => {
    const { log, last } = logInMemory();
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:1');
    const error = Object.assign(new Error('cluster "earth": nothing listens there', { cause }), {
      name: 'ConnectionError',
      code: 'ECONNREFUSED',
      body: { kind: 'Status' },
    });
    log.warn({ err: error }, 'failed');
    expect(last().err).toEqual({
      type: 'Error',
      name: 'ConnectionError',
      code: 'ECONNREFUSED',
      message: 'cluster "earth": nothing listens there',
    });
  });

  it('silentLog says nothing', () => {
    expect(silentLog.isLevelEnabled('fatal')).toBe(false);
  });
});

describe('what is secret', () => {
  it('is taken out of Secrets, wherever they stand in a line, and out of what kubectl remembers of them', () => {
    const { log, lines, last } = logInMemory();
    const secret = {
      kind: 'Secret',
      metadata: {
        name: 's',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"pass":"aHVudGVyMg=="}}',
          note: 'x',
        },
      },
      data: { pass: 'aHVudGVyMg==' },
      stringData: { pass: 'hunter2' },
    };
    const federated = { kind: 'FederatedSecret', spec: { template: { data: secret.data } } };
    log.info({ object: secret, list: [{ items: [secret, federated] }] }, 'read');
    expect(lines.join('')).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(last()).toMatchObject({ object: { kind: 'Secret', metadata: { name: 's', annotations: { note: 'x' } } } });
    expect(secret.stringData.pass).toBe('hunter2');
  });

  it('leaves the data of a ConfigMap in the line', () => {
    const { log, last } = logInMemory();
    log.info({ object: { kind: 'ConfigMap', data: { color: 'red' } } });
    expect(last()).toMatchObject({ object: { data: { color: 'red' } } });
  });

  it('is taken out by its name, in errors too', () => {
    const { log, lines } = logInMemory();
    const error = Object.assign(new Error('refused'), { request: { headers: { Authorization: 'opaque-token' } } });
    log.warn({ err: error, status: { token: 'opaque-token' }, password: 'opaque-token' }, 'refused');
    expect(lines.join('')).not.toContain('opaque-token');
  });

  it('is taken out by its looks, in messages too', () => {
    const { log, lines } = logInMemory();
    const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----';
    log.info(
      `sent authorization: Bearer abcdef.123456 and eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl with ${key}`,
    );
    expect(lines.join('')).toContain('sent authorization: Bearer [redacted] and [redacted] with [redacted]');
  });
});
