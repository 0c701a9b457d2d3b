import type { Client } from '../../controller/kube/client.ts';
import type { CliContext } from '../context.ts';
import type { ControllerReport } from './model.ts';

/** Whether a controller lives for this control plane, as it says itself on the host. */
export async function readController(_context: CliContext, _client: Client): Promise<ControllerReport> {
  return { running: false, detail: 'none has reported' };
}
