import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Overview } from '../../../../../apis/dashboard/v1.ts';
import { useDashboard } from '../live/dashboard.ts';
import { usePlace } from '../live/location.ts';
import { useObserved } from '../live/observed.ts';
import { useResource } from '../live/use-resource.ts';
import type { Route } from '../logic/routes.ts';
import { count } from '../logic/words.ts';
import { Announcements } from './announcements.tsx';
import { LinkNote, LinkState } from './link-state.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

interface Entry {
  readonly href: string;
  readonly name: string;
  readonly pages: readonly Route['page'][];
}

const ENTRIES: readonly Entry[] = [
  { href: '/', name: 'Overview', pages: ['overview'] },
  { href: '/clusters', name: 'Clusters', pages: ['clusters', 'cluster'] },
  { href: '/objects', name: 'Objects', pages: ['objects', 'object'] },
  { href: '/reachability', name: 'Reachability', pages: ['reachability'] },
  { href: '/topology', name: 'Topology', pages: ['topology'] },
  { href: '/receipts', name: 'Receipts', pages: ['receipts'] },
];

/** Asked for in between as well: it tells of a server that went without a word, and of an ended session. */
const PULSE_MS = 15_000;

/** What stands around every page: where one is, how fresh it is, who one is. */
export function Frame({ page, children }: { readonly page: Route['page']; readonly children: ComponentChildren }) {
  const session = useObserved(useDashboard().session);
  const { path } = usePlace();
  const [open, setOpen] = useState(false);
  const overview = useResource<Overview>('overview', { every: PULSE_MS, apart: 3_000, isTouched: () => true });
  const known = overview.state === 'ready' ? overview.value : undefined;
  const user = session.state === 'in' ? session.session.user : '';

  useEffect(() => setOpen(false), [path]);

  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" width="18" height="18" />
          Fedmesh
        </a>
        <LinkState />
        <span class="grow" />
        {user === '' ? undefined : (
          <span class="user" title={user}>
            {user}
          </span>
        )}
        <ThemeSwitch />
        <button
          type="button"
          class="menu-button"
          aria-expanded={open}
          aria-controls="pages"
          onClick={() => setOpen(!open)}
        >
          Menu
        </button>
      </header>
      <nav id="pages" class={open ? 'nav open' : 'nav'} aria-label="Pages">
        <ul>
          {ENTRIES.map(({ href, name, pages }) => (
            <li key={href}>
              <a href={href} aria-current={pages.includes(page) ? 'page' : undefined}>
                {name}
                {badge(name, known)}
              </a>
            </li>
          ))}
        </ul>
        {known ? <p class="version">Fedmesh {known.version}</p> : undefined}
      </nav>
      <main id="main" tabIndex={-1}>
        <LinkNote />
        {children}
      </main>
      <Announcements overview={known} />
    </div>
  );
}

/** How many ask for attention. */
function badge(name: string, overview: Overview | undefined): ComponentChildren {
  if (overview === undefined) return undefined;
  const { clusters, objects } = overview;
  const bad = name === 'Clusters' ? clusters.notReady + clusters.unknown : name === 'Objects' ? objects.failed : 0;
  if (bad === 0) return undefined;
  return (
    <span class="badge">
      {count(bad)}
      <span class="unseen">{name === 'Clusters' ? ' not ready' : ' failed'}</span>
    </span>
  );
}
