import { describe, expect, it } from 'vitest';
import { diagnoseMatrix } from './diagnose.ts';
import type { MatrixEvidence } from './evidence.ts';
import { ok, type Scene, scene } from './testing/scene.ts';

const timeout = { small: { ms: 4_000, error: 'ETIMEDOUT' } };
const unreachable = { small: { ms: 1, error: 'EHOSTUNREACH' } };
const refusal = { small: { ms: 1, error: 'ECONNREFUSED' } };
const bigLost = (answer: ReturnType<typeof ok>) => ({ small: answer.small, big: { ms: 4_000, error: 'ETIMEDOUT' } });

/** `earth→vulcan: OneWay pods=Unreachable services=NotProbed` */
function verdicts(scene: Scene, more: Partial<MatrixEvidence> = {}): string[] {
  return diagnoseMatrix({ ...scene.evidence(), ...more })
    .filter((pair) => pair.class !== 'Reachable')
    .map(({ from, to, ...pair }) => `${from}→${to}: ${pair.class} pods=${pair.pods} services=${pair.services}`);
}

const sentence = (scene: Scene, from: string, to: string) =>
  diagnoseMatrix(scene.evidence()).find((pair) => pair.from === from && pair.to === to);

describe('what is said of two members', () => {
  it('nothing, when every Pod of the one reaches every Pod and the Service of the other', () => {
    const well = scene(['earth', 'vulcan'], { services: true });

    expect(verdicts(well)).toEqual([]);
    expect(sentence(well, 'earth', 'vulcan')).toMatchObject({
      class: 'Reachable',
      pods: 'Reachable',
      services: 'Reachable',
      latencyMs: 2,
      probedAt: '2026-01-01T00:00:00.000Z',
    });
  });

  it('Unknown, when what was found is too old to be true', () => {
    const old = scene(['earth', 'vulcan'], { at: '2025-12-31T23:00:00.000Z' });

    expect(verdicts(old)).toEqual([
      'earth→vulcan: Unknown pods=Unknown services=NotProbed',
      'vulcan→earth: Unknown pods=Unknown services=NotProbed',
    ]);
  });

  it('NoRoute, when the nodes of one have no route: the other one gets no answers for the same reason', () => {
    const faulty = scene(['earth', 'vulcan'])
      .when(({ from }) => from === 'vulcan', unreachable)
      .when(({ from }) => from === 'earth', timeout);

    expect(verdicts(faulty)).toEqual([
      'earth→vulcan: NoRoute pods=Unreachable services=NotProbed',
      'vulcan→earth: NoRoute pods=Unreachable services=NotProbed',
    ]);
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      'answers do not come back to earth: vulcan has no route to the pods of earth',
    );
    expect(sentence(faulty, 'vulcan', 'earth')?.message).toBe(
      'vulcan has no route to the pods of earth (asked from vulcan-gw, vulcan-n)',
    );
  });

  it('Dropped, when nothing comes back either way', () => {
    const faulty = scene(['earth', 'vulcan']).when(() => true, timeout);

    expect(verdicts(faulty)).toEqual([
      'earth→vulcan: Dropped pods=Unreachable services=NotProbed',
      'vulcan→earth: Dropped pods=Unreachable services=NotProbed',
    ]);
  });

  it('Dropped, naming the member with which nobody exchanges anything', () => {
    const faulty = scene(['earth', 'mars', 'vulcan']).when(({ from, to }) => [from, to].includes('mars'), timeout);

    expect(verdicts(faulty).every((verdict) => verdict.includes('mars'))).toBe(true);
    expect(sentence(faulty, 'earth', 'mars')?.message).toBe(
      'nothing comes back to earth from mars, and no other member exchanges anything with mars either',
    );
    expect(sentence(faulty, 'earth', 'mars')?.wayOut).toContain('see that the gateway of mars runs');
  });

  it('Dropped too, when an address is unreachable only after a while: that says nothing of routes', () => {
    const late = { small: { ms: 3_060, error: 'EHOSTUNREACH' } };

    expect(verdicts(scene(['earth', 'vulcan']).when(() => true, late))[0]).toContain('Dropped');
  });

  it('Refused, when something answers with a refusal', () => {
    const faulty = scene(['earth', 'vulcan']).when(({ to }) => to === 'vulcan', refusal);

    expect(verdicts(faulty)).toEqual(['earth→vulcan: Refused pods=Unreachable services=NotProbed']);
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      'pod 10.2.0.10 of vulcan refuses connections from earth (ECONNREFUSED)',
    );
  });

  it('WrongIdentity, when a pod of another cluster answers', () => {
    const faulty = scene(['earth', 'vulcan']).when(({ to }) => to === 'vulcan', ok('mars', 'm', '10.1.0.10'));

    expect(verdicts(faulty)).toContain('earth→vulcan: WrongIdentity pods=Unreachable services=NotProbed');
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      '10.2.0.10 of vulcan was answered by mars when asked from earth: two networks have the same addresses',
    );
  });

  it.each([
    ['a cluster that calls itself the same', ok('vulcan', 'somebody-else', '10.1.0.10')],
    ['something that is no probe', { small: { ms: 2, error: 'EBADANSWER' } }],
  ])('WrongIdentity, when the answer comes from %s', (who, result) => {
    const faulty = scene(['earth', 'vulcan']).when(({ to }) => to === 'vulcan', result);

    expect(sentence(faulty, 'earth', 'vulcan')?.class).toBe('WrongIdentity');
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toContain(
      who.replace('a cluster', 'another cluster').slice(0, 20),
    );
  });

  it('WrongIdentity for all that an overlap swallows, as the lab showed it: three clusters, two with one range', () => {
    // mars has earth's range: vulcan's way to earth leads to mars, and its answers to earth too.
    const faulty = scene(['earth', 'mars', 'vulcan'])
      .when(({ from, to }) => from === 'vulcan' && to === 'earth', ok('mars', 'mars-gw', '10.3.0.10'))
      .when(({ from, to }) => from === 'earth' && to === 'vulcan', timeout)
      .when(({ from, to }) => from === 'earth' && to === 'mars', ok('earth', 'earth-gw', '10.1.0.10'))
      .when(({ from, to }) => from === 'mars' && to === 'earth', ok('mars', 'mars-gw', '10.3.0.10'));

    expect(verdicts(faulty)).toEqual([
      'earth→mars: WrongIdentity pods=Unreachable services=NotProbed',
      'earth→vulcan: WrongIdentity pods=Unreachable services=NotProbed',
      'mars→earth: WrongIdentity pods=Unreachable services=NotProbed',
      'vulcan→earth: WrongIdentity pods=Unreachable services=NotProbed',
    ]);
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      'packets between earth and vulcan are lost because the addresses of earth and mars overlap',
    );
  });

  it('PacketSize, when only the large ones are lost', () => {
    const faulty = scene(['earth', 'vulcan']).when(({ to }) => to === 'vulcan', bigLost);

    expect(verdicts(faulty)).toEqual(['earth→vulcan: PacketSize pods=Unreachable services=NotProbed']);
  });

  it('OneWay, when the other direction is well', () => {
    const faulty = scene(['earth', 'vulcan']).when(({ from }) => from === 'earth', timeout);

    expect(verdicts(faulty)).toEqual(['earth→vulcan: OneWay pods=Unreachable services=NotProbed']);
  });

  it('Masqueraded, when the other side sees an address that is none of the pods', () => {
    const faulty = scene(['earth', 'vulcan']).when(
      ({ from }) => from === 'earth',
      (answer) => ok(answer.small.answer.cluster, answer.small.answer.nonce, '192.168.1.1'),
    );

    expect(verdicts(faulty)).toEqual(['earth→vulcan: Masqueraded pods=Reachable services=NotProbed']);
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      'what the pods of earth send to vulcan is sent as 192.168.1.1, which is none of its pods',
    );
  });

  it('nothing of it where the mesh is told to masquerade', () => {
    const meant = scene(['earth', 'vulcan'], { masquerades: true }).when(
      ({ from }) => from === 'earth',
      (answer) => ok(answer.small.answer.cluster, answer.small.answer.nonce, '100.64.0.1'),
    );

    expect(verdicts(meant)).toEqual([]);
  });

  it('Masqueraded also where the disguise gets packets dropped, once another member has seen it', () => {
    const faulty = scene(['earth', 'mars', 'vulcan'])
      .when(
        ({ from, to }) => from === 'earth' && to === 'mars',
        (answer) => ok(answer.small.answer.cluster, answer.small.answer.nonce, '192.168.1.1'),
      )
      .when(({ from, to }) => from === 'earth' && to === 'vulcan', timeout);

    expect(verdicts(faulty)).toEqual([
      'earth→mars: Masqueraded pods=Reachable services=NotProbed',
      'earth→vulcan: Masqueraded pods=Unreachable services=NotProbed',
    ]);
  });

  it('Masqueraded also where only what leaves the gateway gets through, and only to the other gateway', () => {
    const faulty = scene(['earth', 'vulcan'])
      .when(({ from }) => from === 'earth', timeout)
      .when(
        ({ askedFrom, askedNode }) => askedFrom === 'earth-gw' && askedNode === 'vulcan-gw',
        (answer) => ok(answer.small.answer.cluster, answer.small.answer.nonce, '100.64.0.1'),
      );

    expect(verdicts(faulty)).toEqual(['earth→vulcan: Masqueraded pods=Unreachable services=NotProbed']);
  });

  it('NoRoute for all that a member asks when its router says so for some of them only', () => {
    const faulty = scene(['earth', 'mars', 'vulcan'])
      .when(({ from, to }) => from === 'earth' || to === 'earth', timeout)
      .when(({ askedFrom, to }) => askedFrom === 'earth-n' && to === 'mars', unreachable);

    expect(verdicts(faulty)).toEqual([
      'earth→mars: NoRoute pods=Unreachable services=NotProbed',
      'earth→vulcan: NoRoute pods=Unreachable services=NotProbed',
      'mars→earth: NoRoute pods=Unreachable services=NotProbed',
      'vulcan→earth: NoRoute pods=Unreachable services=NotProbed',
    ]);
  });

  it('GatewayDown, when the mesh says so, whatever becomes of the packets', () => {
    const faulty = scene(['earth', 'mars', 'vulcan'], { down: { mars: 'no handshake for 240 s' } })
      .when(({ to }) => to === 'mars', timeout)
      .when(({ from }) => from === 'mars', unreachable);

    expect(verdicts(faulty)).toEqual([
      'earth→mars: GatewayDown pods=Unreachable services=NotProbed',
      'mars→earth: GatewayDown pods=Unreachable services=NotProbed',
      'mars→vulcan: GatewayDown pods=Unreachable services=NotProbed',
      'vulcan→mars: GatewayDown pods=Unreachable services=NotProbed',
    ]);
    expect(sentence(faulty, 'earth', 'mars')?.message).toBe('the gateway of mars is down: no handshake for 240 s');
  });

  it('nothing, when packets pass although the mesh takes a gateway for dead', () => {
    expect(verdicts(scene(['earth', 'vulcan'], { down: { earth: 'offline' } }))).toEqual([]);
  });

  it.each([timeout, unreachable])('NodeRoutes, when nodes other than the gateway lack routes', (lost) => {
    const faulty = scene(['earth', 'vulcan'])
      .when(({ from, askedFrom }) => from === 'earth' && askedFrom === 'earth-n', lost)
      .when(({ to, askedNode }) => to === 'earth' && askedNode === 'earth-n', timeout);

    expect(verdicts(faulty)).toEqual([
      'earth→vulcan: NodeRoutes pods=Unreachable services=NotProbed',
      'vulcan→earth: NodeRoutes pods=Unreachable services=NotProbed',
    ]);
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      'earth reaches vulcan, but not from earth-n of earth: these nodes lack the routes that others have',
    );
  });

  it('NodeRoutes, when both members lack them', () => {
    const faulty = scene(['earth', 'vulcan']).when(
      ({ askedFrom, askedNode }) => askedFrom.endsWith('-n') || askedNode?.endsWith('-n') === true,
      timeout,
    );

    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      'earth reaches vulcan, but not from earth-n of earth, nor to vulcan-n of vulcan: these nodes lack the routes that others have',
    );
  });

  it.each([timeout, unreachable])('ServiceRange, when pods are reached and Services are not', (lost) => {
    const faulty = scene(['earth', 'vulcan'], { services: true }).when(({ kind }) => kind === 'service', lost);

    expect(verdicts(faulty)).toEqual([
      'earth→vulcan: ServiceRange pods=Reachable services=Unreachable',
      'vulcan→earth: ServiceRange pods=Reachable services=Unreachable',
    ]);
  });

  it('WrongIdentity, when the own Service of that address answers', () => {
    const faulty = scene(['earth', 'vulcan'], { services: true }).when(
      ({ kind, from }) => kind === 'service' && from === 'earth',
      ok('earth', 'earth-gw', '10.1.0.10'),
    );

    expect(verdicts(faulty)).toEqual(['earth→vulcan: WrongIdentity pods=Reachable services=Unreachable']);
    expect(sentence(faulty, 'earth', 'vulcan')?.message).toContain('answered by earth itself');
  });

  it('one cause for pods and Services that fail together', () => {
    const faulty = scene(['earth', 'vulcan'], { services: true }).when(() => true, timeout);

    expect(verdicts(faulty)).toEqual([
      'earth→vulcan: Dropped pods=Unreachable services=Unreachable',
      'vulcan→earth: Dropped pods=Unreachable services=Unreachable',
    ]);
  });

  it('Partial, when no node explains which ones fail', () => {
    let turn = 0;
    const faulty = scene(['earth', 'vulcan']).when(({ from }) => from === 'earth' && turn++ % 4 === 0, timeout);

    expect(sentence(faulty, 'earth', 'vulcan')?.message).toBe(
      '1 of 4 ways from earth to vulcan fail, such as 10.2.0.10 from earth-gw (ETIMEDOUT)',
    );
  });

  it('which address family it is, where the other one is well', () => {
    const faulty = scene(['earth', 'vulcan'], { dual: true }).when(({ address }) => address.includes(':'), unreachable);

    expect(sentence(faulty, 'earth', 'vulcan')).toMatchObject({
      class: 'NoRoute',
      message: 'IPv6: earth has no route to the pods of vulcan (asked from earth-gw, earth-n)',
    });
  });

  it('nothing of addresses that no probe has any more', () => {
    const evidence = scene(['earth', 'vulcan'])
      .when(({ to }) => to === 'vulcan', timeout)
      .evidence();
    const members = evidence.members.map((member) => ({
      ...member,
      probes: member.probes.map((probe) => ({ ...probe, addresses: ['10.9.9.9'] })),
    }));

    expect(diagnoseMatrix({ ...evidence, members }).map((pair) => pair.class)).toEqual(['Unknown', 'Unknown']);
  });

  it('the cause that ranges are known to overlap, before any packet has gone astray', () => {
    const faulty = scene(['earth', 'vulcan']).when(() => true, timeout);

    expect(verdicts(faulty, { overlapping: [['earth', 'vulcan']] })[0]).toContain('WrongIdentity');
  });

  it('compares sources with the ranges, so that a node within them is no disguise', () => {
    const inside = scene(['earth', 'vulcan']).when(
      ({ from }) => from === 'earth',
      (answer) => ok(answer.small.answer.cluster, answer.small.answer.nonce, '10.1.77.1'),
    );

    expect(verdicts(inside)).toEqual([]);
  });
});
