import type { Topology } from '../../../../../apis/dashboard/v1.ts';

export interface Placed {
  readonly node: Topology['nodes'][number];
  /** The middle of its box. */
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The network that the clusters meet in. */
  readonly hub: { readonly x: number; readonly y: number };
  readonly nodes: readonly Placed[];
  /** A gateway behind NAT, and the cluster whose gateway relays for it. */
  readonly relays: readonly { readonly from: Placed; readonly to: Placed }[];
}

export const BOX = { width: 168, height: 64 } as const;
const GAP = { x: 14, y: 60 } as const;

/**
 * Clusters in rows above and below the network they meet in: names stay readable however many there are.
 * @param perRow how many there is room for side by side
 */
export function layout(nodes: Topology['nodes'], perRow: number): Layout {
  const rows = Math.ceil(nodes.length / perRow);
  const above = Math.ceil(rows / 2);
  const hubRow = above;
  const columns = Math.min(perRow, Math.max(1, nodes.length));
  const width = columns * (BOX.width + GAP.x) + GAP.x;
  const rowY = (row: number): number => GAP.y / 2 + BOX.height / 2 + row * (BOX.height + GAP.y);
  const placed = nodes.map((node, index) => {
    const row = Math.floor(index / perRow);
    const inRow = Math.min(perRow, nodes.length - row * perRow);
    const start = (width - inRow * BOX.width - (inRow - 1) * GAP.x) / 2;
    const x = start + (index % perRow) * (BOX.width + GAP.x) + BOX.width / 2;
    return { node, x, y: rowY(row < above ? row : row + 1) };
  });
  const relays = placed.flatMap((from) =>
    from.node.gateways.flatMap(({ relayedBy }) => {
      const to = placed.find(({ node }) => node.cluster === relayedBy);
      return to === undefined || to === from ? [] : [{ from, to }];
    }),
  );
  return {
    width,
    height: rowY(rows) + BOX.height / 2 + GAP.y / 2,
    hub: { x: width / 2, y: rowY(hubRow) },
    nodes: placed,
    relays,
  };
}
