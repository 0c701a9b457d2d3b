import type { Topology } from '../../../../../apis/dashboard/v1.ts';
import { NARROW, useMatches } from '../live/use-matches.ts';
import { useResource } from '../live/use-resource.ts';
import { clusterPath } from '../logic/routes.ts';
import { BOX, layout, type Placed } from '../logic/topology-layout.ts';
import { count, counted } from '../logic/words.ts';
import { Conditions } from '../parts/conditions.tsx';
import { Page } from '../parts/page.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { Empty, Shown } from '../parts/told.tsx';

export function TopologyPage() {
  const topology = useResource<Topology>('topology', {
    isTouched: ({ also }) => also.includes('topology'),
    every: 60_000,
  });
  return (
    <Page title="Topology" aside={topology.state === 'ready' ? <Provider of={topology.value} /> : undefined}>
      <Shown of={topology} what="the topology">
        {(known) => <View of={known} />}
      </Shown>
    </Page>
  );
}

function Provider({ of: { provider } }: { readonly of: Topology }) {
  return provider === undefined ? null : <span class="tag">{provider}</span>;
}

function View({ of: topology }: { readonly of: Topology }) {
  const { provider, nodes, routes, problems, conditions } = topology;
  return (
    <>
      {provider === undefined ? (
        <p class="note">No MeshConfig stands: Fedmesh joins no networks here. docs/network.md says how it would.</p>
      ) : undefined}
      {problems.map((problem) => (
        <p key={problem} class="note bad">
          {problem}
        </p>
      ))}
      {nodes.length === 0 ? (
        <Empty title="No cluster has joined yet" />
      ) : (
        <section class="card" aria-labelledby="map">
          <h2 id="map">Clusters and gateways</h2>
          <Drawing of={topology} />
        </section>
      )}
      <section class="card flush" aria-labelledby="gateways">
        <h2 id="gateways">Gateways</h2>
        <Gateways of={nodes} />
      </section>
      <section class="card flush" aria-labelledby="routes">
        <h2 id="routes">Routes</h2>
        <Routes of={routes} />
      </section>
      {conditions.length > 0 ? (
        <section class="card" aria-labelledby="conditions">
          <h2 id="conditions">Conditions</h2>
          <Conditions of={conditions} />
        </section>
      ) : undefined}
    </>
  );
}

/** The tables below say the same in words; clusters are links here too. */
function Drawing({ of: { nodes, provider } }: { readonly of: Topology }) {
  const narrow = useMatches(NARROW);
  const { width, height, hub, nodes: placed, relays } = layout(nodes, narrow ? 2 : 4);
  return (
    <>
      <svg class="topology" viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <title>Clusters, their gateways, and the network they meet in</title>
        {placed.map((one) => {
          const { gateways } = one.node;
          if (gateways.length === 0) return undefined;
          const ready = gateways.some((gateway) => gateway.ready !== false);
          return <path key={one.node.cluster} class={ready ? 'edge' : 'edge bad'} d={edge(one, hub)} />;
        })}
        {relays.map(({ from, to }) => (
          <path key={`${from.node.cluster} ${to.node.cluster}`} class="edge relay" d={edge(from, to)} />
        ))}
        <g class="hub">
          <rect x={hub.x - 74} y={hub.y - 18} width={148} height={36} rx={18} />
          <text x={hub.x} y={hub.y + 4}>
            {provider ?? 'no common network'}
          </text>
        </g>
        {placed.map((one) => (
          <Box key={one.node.cluster} of={one} />
        ))}
      </svg>
      <p class="legend quiet">
        <Stroke kind="edge" /> gateway up <Stroke kind="edge bad" /> no gateway up <Stroke kind="edge relay" /> relayed
        by the other's gateway
      </p>
    </>
  );
}

function Stroke({ kind }: { readonly kind: string }) {
  return (
    <svg class="topology stroke" width="34" height="8" aria-hidden="true">
      <path class={kind} d="M2 4h30" />
    </svg>
  );
}

function edge(
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
): string {
  const middle = (from.y + to.y) / 2;
  return `M${from.x} ${from.y}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
}

function Box({ of: { node, x, y } }: { readonly of: Placed }) {
  const down = node.gateways.filter(({ ready }) => ready === false).length;
  const gateways =
    node.gateways.length === 0
      ? 'no gateway'
      : `${counted(node.gateways.length, 'gateway')}${down > 0 ? `, ${count(down)} down` : ''}`;
  const left = x - BOX.width / 2;
  const top = y - BOX.height / 2;
  return (
    <a href={clusterPath(node.cluster)} class={down > 0 ? 'node bad' : 'node'}>
      <rect x={left} y={top} width={BOX.width} height={BOX.height} rx={6} />
      <text x={x} y={top + 20} class="name">
        {clipped(node.cluster, 20)}
      </text>
      <text x={x} y={top + 38}>
        {clipped(node.ranges.join(', ') || 'ranges not known', 26)}
      </text>
      <text x={x} y={top + 54} class={down > 0 ? 'down' : ''}>
        {gateways}
      </text>
    </a>
  );
}

function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function Gateways({ of: nodes }: { readonly of: Topology['nodes'] }) {
  const rows = nodes.flatMap(({ cluster, gateways }) => gateways.map((gateway) => ({ cluster, ...gateway })));
  if (rows.length === 0) return <Empty title="No gateways" />;
  return (
    <table class="table stacked">
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">Cluster</th>
          <th scope="col">State</th>
          <th scope="col">Address</th>
          <th scope="col">Relayed by</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ cluster, node, ready, address, relayedBy }) => (
          <tr key={`${cluster} ${node}`}>
            <th scope="row">{node}</th>
            <td data-name="Cluster">
              <a href={clusterPath(cluster)}>{cluster}</a>
            </td>
            <td data-name="State">
              <StateMark state={ready === undefined ? 'unknown' : ready ? 'ready' : 'notReady'} />
            </td>
            <td data-name="Address" class="number">
              {address ?? '–'}
            </td>
            <td data-name="Relayed by">{relayedBy ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Routes({ of: routes }: { readonly of: Topology['routes'] }) {
  if (routes.length === 0) return <Empty title="No routes" />;
  return (
    <table class="table stacked">
      <thead>
        <tr>
          <th scope="col">Range</th>
          <th scope="col">Of cluster</th>
          <th scope="col">Seen elsewhere as</th>
          <th scope="col">Through gateway</th>
        </tr>
      </thead>
      <tbody>
        {routes.map(({ cluster, range, seenAs, gateway }) => (
          <tr key={`${cluster} ${range} ${gateway ?? ''}`}>
            <th scope="row" class="number">
              {range}
            </th>
            <td data-name="Of cluster">
              <a href={clusterPath(cluster)}>{cluster}</a>
            </td>
            <td data-name="Seen as" class="number">
              {seenAs ?? 'itself'}
            </td>
            <td data-name="Through">{gateway ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
