import { Observed, useObserved } from './observed.ts';

export interface Place {
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

function here(): Place {
  return { path: location.pathname, query: location.search };
}

const place = new Observed<Place>(here());

export function usePlace(): Place {
  return useObserved(place);
}

/** @param replace true: going back does not come here again */
export function go(address: string, replace = false): void {
  if (address === `${location.pathname}${location.search}`) return;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  place.set(here());
}

/** Links to pages of ours are followed without loading the page anew. */
export function followLinks(): void {
  addEventListener('popstate', () => place.set(here()));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target !== '' || link.hash !== '') return;
    event.preventDefault();
    go(`${link.pathname}${link.search}`);
  });
}
