import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../../kube/eventually.ts';
import { Figures, seconds } from '../figures.ts';
import { Lab } from '../lab/lab.ts';
import type { Namespace } from '../lab/namespace.ts';
import type { Running } from '../lab/running.ts';
import { ControlPlane, type ControlPlaneNode, startProgram } from './control-plane.ts';
import { Federation } from './federation.ts';
import { outageSince, questionsOf } from './outage.ts';

/** Longest that a test lets new connections fail. A member is Offline after 30 s. */
const MOST_MS = 15_000;

describe.runIf(inject('netlab') !== '')('a control plane behind HAProxy and keepalived, as generated', () => {
  const figures = new Figures('A control plane behind a virtual address', [
    'what fails',
    'no new connection for',
    'written meanwhile and arrived',
    'member Offline',
  ]);
  let lab: Lab;
  let plane: ControlPlane;
  let far: Namespace;
  let poller: Running;
  let federation: Federation;
  let first: ControlPlaneNode;
  let second: ControlPlaneNode;

  beforeAll(async () => {
    lab = await Lab.open(inject('netlab'));
    plane = await ControlPlane.start(lab, 'vulcan');
    [first, second] = plane.nodes as [ControlPlaneNode, ControlPlaneNode];
    far = await lab.namespace('far');
    await plane.network.attach(far, 'eth0', ['10.99.0.50/24']);
    const ca = join(lab.folder, 'ca.crt');
    await writeFile(ca, plane.caPem);
    await plane.heldBy(first);
    poller = startProgram(lab, far, 'test/netlab/vip/poll-main.ts', { POLL_URL: `${plane.url}/readyz`, POLL_CA: ca });
    await answering(Date.now());
    federation = await Federation.start(lab, far, 'vulcan', plane);
  });
  afterAll(async () => {
    await federation?.close();
    await lab?.close();
    figures.print();
  });

  /** Waits until five questions in a row were answered since then. */
  async function answering(since: number): Promise<void> {
    const look = () =>
      questionsOf(poller.said)
        .filter(({ at }) => at >= since)
        .slice(-5)
        .map(({ ok }) => (ok ? 'answered' : 'lost'))
        .join();
    const well = Array.from({ length: 5 }, () => 'answered').join();
    await eventually('the virtual address answers', look, (last) => last === well, { withinMs: 120_000, everyMs: 100 });
  }

  it.each([
    ['HAProxy is killed', () => first.haproxy.stop('SIGKILL'), () => second],
    ['keepalived is stopped', () => first.keepalived.stop('SIGTERM'), () => second],
    ['the link is down', () => first.port.unplug(), () => second],
    ['an API server is killed', () => first.apiServer.stop('SIGKILL'), () => first],
  ] as const)(
    '%s: new connections pass again, no write is lost, and the member is not taken for Offline',
    async (what, fail, holder) => {
      const readySince = await federation.readySince();
      const since = Date.now();
      await fail();
      const written = await writingUntil(plane.heldBy(holder()).then(() => answering(since)));
      const outage = outageSince(questionsOf(poller.said), since);
      await federation.untilArrived();
      expect(outage).toBeLessThan(MOST_MS);

      // It comes back, and takes the address back.
      await first.port.plugIn();
      plane.mend(first);
      const back = Date.now();
      await writingUntil(plane.heldBy(first).then(() => answering(back)));
      await federation.untilArrived();
      expect(await federation.readySince()).toBe(readySince);
      figures.add(what, seconds(outage), `${written} of ${written}`, 'never');
    },
  );

  /** Four objects a second, until this is done. @returns how many */
  async function writingUntil(done: Promise<void>): Promise<number> {
    let isDone = false;
    let count = 0;
    const finished = done.finally(() => {
      isDone = true;
    });
    const write = async () => {
      await federation.write();
      count += 1;
      return isDone;
    };
    await Promise.all([finished, eventually('it is done', write, Boolean, { withinMs: 280_000, everyMs: 250 })]);
    return count;
  }
});
