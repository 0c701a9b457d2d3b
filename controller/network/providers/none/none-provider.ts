import type { MeshPlan, MeshProvider, MeshState, ProviderCapabilities } from '../provider.ts';

/** Knows nothing of what carries packets, and says so. Reachability is probed all the same. */
export class NoneProvider implements MeshProvider {
  readonly name = 'none';

  capabilities(): Promise<ProviderCapabilities> {
    return Promise.resolve({ managesRoutes: false, remap: false, gatewayHighAvailability: false, linkHealth: false });
  }

  observe(): Promise<MeshState> {
    return Promise.resolve({ gateways: [], routes: [], links: [] });
  }

  plan(): MeshPlan {
    return { actions: [], problems: [] };
  }

  apply(): Promise<void> {
    return Promise.resolve();
  }

  release(): MeshPlan {
    return { actions: [], problems: [] };
  }
}
