import type { Transport, TransportRequest } from '../../controller/kube/transport.ts';
import type { Clock } from '../../controller/time/clock.ts';
import type { Output } from '../context.ts';

/** A transport that says on stderr what it carried: verb, path, status and time, never a body. */
export function loggingTransport(inner: Transport, cluster: string, stderr: Output, clock: Clock): Transport {
  const tell = async <Answer extends { status: number }>(
    request: TransportRequest,
    send: () => Promise<Answer>,
  ): Promise<Answer> => {
    const start = clock.monotonic();
    const say = (outcome: string) => {
      const took = Math.round(clock.monotonic() - start);
      stderr.write(`${cluster}: ${request.method} ${request.path} ${outcome} (${took} ms)\n`);
    };
    try {
      const answer = await send();
      say(String(answer.status));
      return answer;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  return {
    request: (request) => tell(request, () => inner.request(request)),
    stream: (request) => tell(request, () => inner.stream(request)),
    close: () => inner.close(),
  };
}
