import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ServiceExport } from '../../apis/multicluster/service-export.ts';

/**
 * Annotation on a ServiceExport: the local Service of the same name has the endpoints of other clusters too. `PreferLocal`: they are ready
 * only while no local one is. `Spread`: traffic goes to all alike.
 */
export const LOCAL_SERVICE_ANNOTATION = 'services.fedmesh.io/local-service';

export type LocalServiceMode = 'PreferLocal' | 'Spread';

/** `undefined`: the local Service has its own endpoints only. */
export function localServiceMode(by: DeepReadonly<ServiceExport> | undefined): LocalServiceMode | undefined {
  const value = by?.metadata.annotations?.[LOCAL_SERVICE_ANNOTATION];
  return value === 'PreferLocal' || value === 'Spread' ? value : undefined;
}
