import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../../kube/eventually.ts';
import { Figures, seconds } from '../figures.ts';
import { Lab } from '../lab/lab.ts';
import type { Namespace } from '../lab/namespace.ts';
import type { Running } from '../lab/running.ts';
import { ControlPlane, type ControlPlaneNode, startProgram } from './control-plane.ts';
import { outageSince, questionsOf } from './outage.ts';

/** Longest that a test lets new connections fail. A member is Offline after 30 s. */
const MOST_MS = 15_000;

describe.runIf(inject('netlab') !== '')('a control plane behind HAProxy and keepalived, as generated', () => {
  const figures = new Figures('A control plane behind a virtual address', ['what fails', 'no new connection for']);
  let lab: Lab;
  let plane: ControlPlane;
  let far: Namespace;
  let poller: Running;
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
  });
  afterAll(async () => {
    await lab?.close();
    figures.print();
  });

  /** Waits until ten questions in a row were answered since then. */
  async function answering(since: number): Promise<void> {
    const look = () =>
      questionsOf(poller.said)
        .filter(({ at }) => at >= since)
        .slice(-10);
    await eventually('the virtual address answers', look, (last) => last.length === 10 && last.every(({ ok }) => ok), {
      withinMs: MOST_MS + 5_000,
      everyMs: 100,
    });
  }

  it.each([
    ['HAProxy is killed', () => first.haproxy.stop('SIGKILL'), () => second],
    ['keepalived is stopped', () => first.keepalived.stop('SIGTERM'), () => second],
    ['the link is down', () => first.port.unplug(), () => second],
    ['an API server is killed', () => first.apiServer.stop('SIGKILL'), () => first],
  ] as const)(
    '%s: the virtual address answers again, and is where it was once all is well',
    async (what, fail, holder) => {
      const since = Date.now();
      await fail();
      await plane.heldBy(holder());
      await answering(since);
      const outage = outageSince(questionsOf(poller.said), since);
      figures.add(what, seconds(outage));
      expect(outage).toBeLessThan(MOST_MS);

      await first.port.plugIn();
      plane.mend(first);
      await plane.heldBy(first);
      await answering(Date.now());
    },
  );
});
