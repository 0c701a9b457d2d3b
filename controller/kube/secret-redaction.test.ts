import { expect, it } from 'vitest';
import { holdsSecrets, redactSecrets } from './secret-redaction.ts';

it('takes out what a Secret holds, in each form in which a server may quote it', () => {
  const sent = {
    metadata: { name: 'database' },
    data: { password: Buffer.from('correct horse').toString('base64') },
    stringData: { multi: 'two\nlines' },
  };
  const said = `database: ${sent.data.password}, correct horse, "two\\nlines", two\nlines`;
  expect(redactSecrets(said, sent)).toBe('database: <redacted>, <redacted>, "<redacted>", <redacted>');
});

it('takes out what an override of a federated Secret and a JSON patch hold', () => {
  const federated = { spec: { overrides: [{ clusterOverrides: [{ path: '/data/a', value: 'c2VjcmV0' }] }] } };
  expect(redactSecrets('c2VjcmV0 and secret', federated)).toBe('<redacted> and <redacted>');
  expect(redactSecrets('was hunter22', [{ op: 'add', path: '/data/a', value: 'hunter22' }])).toBe('was <redacted>');
});

it('takes out what is announced as a value, however short, and leaves the rest readable', () => {
  const said = 'data[a]: Invalid value: "x\\"y": must be, type: Invalid value: 7: no such type';
  expect(redactSecrets(said, { data: { a: 'x' } })).toBe(
    'data[a]: Invalid value: <redacted>: must be, type: Invalid value: <redacted>: no such type',
  );
});

it('is for Secrets and federated Secrets', () => {
  expect(['secrets', 'federatedsecrets', 'configmaps'].map(holdsSecrets)).toEqual([true, true, false]);
});
