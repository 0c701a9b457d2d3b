import { afterEach, describe, expect, it } from 'vitest';
import { MeshError } from '../mesh-error.ts';
import { keyTag } from './names.ts';
import { member, OWNER, round, stepsOf } from './testing/members.ts';
import { routesAt, Setups } from './testing/set-up.ts';
import type { Fault } from './testing/stand-in.ts';

const signal = new AbortController().signal;
const setups = new Setups(signal);
afterEach(() => setups.close());

const earth = member('earth', '10.1.0.0/16');
const vulcan = member('vulcan', '10.2.0.0/16');
const both = [earth, vulcan];

async function errorOf(done: Promise<unknown>): Promise<MeshError> {
  const error = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof MeshError) return error;
  throw new Error(`expected a MeshError, got ${String(error)}`);
}

describe('a server that answers badly', () => {
  it.each([
    ['error', 'ServerError', /answered 500: database is locked.*server's log/],
    ['hang', 'Unreachable', /no answer within 0\.3 s/],
    ['reset', 'Unreachable', /connection was closed/],
    ['reset-after', 'Unreachable', /Whether a change took effect is not known/],
    ['html', 'UnexpectedAnswer', /not of the dashboard/],
    ['ineffective', 'NoEffect', /answered that the egress fedmesh-earth-pod4 .* does not list it/],
  ] as [Fault, string, RegExp][])(
    '%s at a new egress: it is said, and the next round mends it',
    async (fault, code, words) => {
      const { standIn, provider } = await setups.running([], { timeoutMs: 300 });
      await round(provider, both, signal);
      for (const { gatewayNodes } of both) standIn.join('fed', gatewayNodes[0] ?? '');
      standIn.arm(fault, /^\/api\/v1\/egress$/, { method: 'POST' });
      const error = await errorOf(round(provider, both, signal));
      expect(error).toMatchObject({ code, provider: 'netmaker' });
      expect(error.message).toMatch(words);
      await round(provider, both, signal);
      expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
      expect(standIn.state.stored.egresses).toHaveLength(2);
      expect((await round(provider, both, signal)).actions).toEqual([]);
    },
  );

  it.each(['network', 'enrollment key', 'egress'])(
    'that says yes to a new %s and does nothing: an error, not a success',
    async (resource) => {
      const { standIn, provider } = await setups.empty();
      if (resource !== 'network') standIn.state.createNetwork({ netid: 'fed', addressrange: '100.64.0.0/16' });
      if (resource === 'egress') standIn.join('fed', 'earth-gw');
      standIn.arm(
        'ineffective',
        new RegExp(resource === 'network' ? 'networks$' : `v1/${resource.replace(' ', '-')}`),
        { method: 'POST' },
      );
      expect(await errorOf(round(provider, [earth], signal))).toMatchObject({ code: 'NoEffect' });
    },
  );

  it('that says yes to an update or a deletion and does nothing: the same', async () => {
    const { standIn, provider } = await setups.running(both);
    const [egress] = standIn.state.stored.egresses;
    if (egress !== undefined) egress.status = false;
    standIn.arm('ineffective', /egress/, { method: 'PUT' });
    const update = await errorOf(round(provider, both, signal));
    expect(update.message).toMatch(/it is switched off/);
    expect(update.cluster).toBe('earth');
    standIn.arm('ineffective', /egress/, { method: 'DELETE' });
    expect((await errorOf(round(provider, [vulcan], signal))).message).toMatch(
      /says that it deleted .*, and still has it/,
    );
  });

  it('relays, policies, keys and hosts are read back, too', async () => {
    const { standIn, provider } = await setups.running(both);
    const hidden = [earth, { ...vulcan, relayedBy: 'earth' }];
    standIn.arm('ineffective', /\/gateway$/);
    expect(await errorOf(round(provider, hidden, signal))).toMatchObject({ code: 'NoEffect', cluster: 'earth' });
    standIn.arm('ineffective', /\/gateway\/assign/);
    expect(await errorOf(round(provider, hidden, signal))).toMatchObject({ code: 'NoEffect', cluster: 'vulcan' });
    await round(provider, hidden, signal);
    standIn.arm('ineffective', /\/gateway\/unassign/);
    expect(await errorOf(round(provider, both, signal))).toMatchObject({ code: 'NoEffect', cluster: 'vulcan' });
    await round(provider, both, signal);
    const letAll = (enabled: boolean) => {
      for (const policy of standIn.state.stored.policies) if (policy.default) policy.enabled = enabled;
    };
    letAll(false);
    standIn.arm('ineffective', /acls/, { method: 'POST' });
    expect(await errorOf(round(provider, both, signal))).toMatchObject({ code: 'NoEffect', cluster: 'earth' });
    await round(provider, both, signal);
    letAll(true);
    standIn.arm('ineffective', /acls/, { method: 'DELETE' });
    expect(await errorOf(round(provider, both, signal))).toMatchObject({ code: 'NoEffect', cluster: 'earth' });
    standIn.join('fed', `${keyTag(OWNER, 'vulcan')}-n1`);
    standIn.arm('ineffective', /enrollment-keys/, { method: 'DELETE' });
    expect(await errorOf(round(provider, [earth], signal))).toMatchObject({ code: 'NoEffect', cluster: 'vulcan' });
    standIn.arm('ineffective', /hosts/, { method: 'DELETE' });
    expect(await errorOf(round(provider, [earth], signal))).toMatchObject({ code: 'NoEffect', cluster: 'vulcan' });
    await round(provider, [earth], signal);
    expect(standIn.state.stored.hosts.map(({ name }) => name)).toEqual(['earth-gw', 'vulcan-gw']);
  });
});

describe('a token', () => {
  it('that expires in the middle of a plan stops it with the way out; with a new one it goes on where it was', async () => {
    let token = '';
    const { standIn, provider } = await setups.empty({ token: () => token });
    token = standIn.issueToken();
    await round(provider, both, signal);
    for (const { gatewayNodes } of both) standIn.join('fed', gatewayNodes[0] ?? '');
    const plan = provider.plan(both, await provider.observe(both, signal));
    token = standIn.issueToken(3);
    const [first, second] = plan.actions;
    if (first === undefined || second === undefined) throw new Error('two steps were expected');
    await provider.apply(first, signal);
    const error = await errorOf(provider.apply(second, signal));
    expect(error).toMatchObject({ code: 'Unauthorized', status: 401 });
    expect(error.message).toMatch(/has expired.*access token/);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw']);
    token = standIn.issueToken();
    await provider.apply(second, signal);
    expect(routesAt(standIn)).toEqual(['10.1.0.0/16 earth-gw', '10.2.0.0/16 vulcan-gw']);
  });

  it('that is renewed while requests run is taken up without an error', async () => {
    let asked = 0;
    const tokens: string[] = [];
    const { standIn, provider } = await setups.empty({ token: () => tokens[asked++ === 0 ? 0 : 1] ?? '' });
    tokens.push('expired', standIn.issueToken());
    expect(stepsOf(provider.plan(both, await provider.observe(both, signal)))).toHaveLength(3);
  });

  it('appears in no error, whatever the server or the Secret says', async () => {
    const secret = 'nm-0123456789abcdef';
    const { provider } = await setups.empty({ token: () => secret });
    const error = await errorOf(provider.observe(both, signal));
    expect(error.code).toBe('Unauthorized');
    expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain(secret);
    const { provider: broken } = await setups.empty({ token: () => `${secret}\nx` });
    const unusable = await errorOf(broken.observe(both, signal));
    expect(unusable).toMatchObject({ code: 'Credentials' });
    expect(unusable.message).not.toContain(secret);
    const { provider: none } = await setups.empty({ token: () => '' });
    expect((await errorOf(none.observe(both, signal))).message).toMatch(/is empty/);
  });
});

it('a plan that nobody waits for any more is given up at once', async () => {
  const { standIn, provider } = await setups.empty();
  const caller = new AbortController();
  standIn.arm('hang', /status/);
  const waiting = provider.observe(both, caller.signal);
  caller.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});
