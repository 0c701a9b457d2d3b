import { freePorts } from '../../cli/sandbox/envtest/ports.ts';

/**
 * For a program that starts some seconds from now: none that an outgoing connection could take until then, as those could that the
 * system hands out for port 0.
 */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
