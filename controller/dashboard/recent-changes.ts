import type { Change } from '../../apis/dashboard/v1.ts';
import { type Access, mayList } from './views/access.ts';

const AN_HOUR_MS = 3_600_000;
/** More than are shown, for whoever may see only some of them. */
const KEPT = 2_000;
const SHOWN = 100;

/** What became different in the last hour, as this process has seen it. */
export class RecentChanges {
  readonly #changes: { readonly at: number; readonly change: Change }[] = [];

  /** @param at milliseconds since the epoch */
  add(at: number, change: Omit<Change, 'at'>): void {
    this.#changes.push({ at, change: { at: new Date(at).toISOString(), ...change } });
    if (this.#changes.length > KEPT) this.#changes.splice(0, this.#changes.length - KEPT);
  }

  /** The latest first. */
  shownTo(access: Access, now: number): Change[] {
    const shown: Change[] = [];
    for (let index = this.#changes.length - 1; index >= 0 && shown.length < SHOWN; index -= 1) {
      const entry = this.#changes[index];
      if (entry === undefined || entry.at < now - AN_HOUR_MS) break;
      const { about } = entry.change;
      const visible = 'cluster' in about ? access.clusters : mayList(access, about.type, about.namespace);
      if (visible) shown.push(entry.change);
    }
    return shown;
  }
}
