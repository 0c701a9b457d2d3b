import type { IncomingMessage } from 'node:http';
import { badRequest, requestEntityTooLarge } from '../errors/status-error.ts';

/** As many bytes as a kube-apiserver takes. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** @throws {StatusError} 413, or 400 when the client breaks off */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) {
        request.off('data', onData);
        // What is still on its way is let go by.
        request.resume();
        reject(requestEntityTooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`));
        return;
      }
      chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes));
    });
    request.once('error', (error) => reject(badRequest(`the request broke off: ${error.message}`)));
    request.once('aborted', () => reject(badRequest('the request broke off')));
  });
}
