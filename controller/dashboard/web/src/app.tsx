import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useDashboard } from './live/dashboard.ts';
import { go, usePlace } from './live/location.ts';
import { useObserved } from './live/observed.ts';
import { routeOf, wayBack } from './logic/routes.ts';
import { ClusterPage } from './pages/cluster-page.tsx';
import { ClustersPage } from './pages/clusters-page.tsx';
import { ObjectPage } from './pages/object-page.tsx';
import { ObjectsPage } from './pages/objects-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { ReachabilityPage } from './pages/reachability-page.tsx';
import { ReceiptsPage } from './pages/receipts-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';
import { TopologyPage } from './pages/topology-page.tsx';
import { Frame } from './parts/frame.tsx';
import { Page } from './parts/page.tsx';
import { Empty, Loading } from './parts/told.tsx';

/** The page that the address names, to whoever is signed in. */
export function App() {
  const dashboard = useDashboard();
  const signedIn = useObserved(dashboard.session);
  const { path, query } = usePlace();
  const route = routeOf(path);
  const from = new URLSearchParams(query).get('from');
  const out = signedIn.state === 'out';
  const back = signedIn.state === 'in' && route.page === 'sign-in';

  useEffect(() => {
    if (out && route.page !== 'sign-in') go(`/sign-in?from=${encodeURIComponent(`${path}${query}`)}`, true);
    if (back) go(wayBack(from), true);
  }, [out, back, route.page, path, query, from]);

  if (signedIn.state === 'unknown' || back) return <Loading what="the dashboard" />;
  if (signedIn.state === 'out') return <SignInPage ended={signedIn.ended} />;
  return <Frame page={route.page}>{pageOf(path)}</Frame>;
}

function pageOf(path: string): ComponentChildren {
  const route = routeOf(path);
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'clusters':
      return <ClustersPage />;
    case 'cluster':
      return <ClusterPage key={route.name} name={route.name} />;
    case 'objects':
      return <ObjectsPage />;
    case 'object':
      return <ObjectPage key={path} of={route.key} />;
    case 'reachability':
      return <ReachabilityPage />;
    case 'topology':
      return <TopologyPage />;
    case 'receipts':
      return <ReceiptsPage />;
    default:
      return (
        <Page title="No such page">
          <Empty title="There is nothing at this address">
            <a href="/">Go to the overview</a>
          </Empty>
        </Page>
      );
  }
}
