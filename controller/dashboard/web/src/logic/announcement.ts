import type { Overview } from '../../../../../apis/dashboard/v1.ts';
import type { Standing } from './freshness.ts';
import { counted } from './words.ts';

/** What a person who listens knows. */
export interface Heard {
  readonly standing: Standing['state'];
  readonly overview: Overview | undefined;
}

/** What to say of what changed; empty: nothing that asks for attention, or is settled. */
export function announcement(before: Heard, now: Heard): string {
  const parts: string[] = [];
  if (before.standing !== now.standing) {
    if (now.standing === 'offline') parts.push('The connection to the server is lost.');
    if (now.standing === 'stale') parts.push('What is shown is out of date.');
    if (now.standing === 'live' && before.standing !== 'connecting') parts.push('Live again.');
  }
  if (before.overview && now.overview) {
    const { clusters, objects } = now.overview;
    const away = clusters.notReady + clusters.unknown;
    const awayBefore = before.overview.clusters.notReady + before.overview.clusters.unknown;
    if (away !== awayBefore)
      parts.push(away === 0 ? 'All clusters are ready.' : `${counted(away, 'cluster is', 'clusters are')} not ready.`);
    const { failed } = objects;
    if (failed !== before.overview.objects.failed)
      parts.push(failed === 0 ? 'No object fails.' : `${counted(failed, 'object fails', 'objects fail')}.`);
  }
  return parts.join(' ');
}
