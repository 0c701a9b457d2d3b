import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';
import { refuse } from './problem.ts';

/** The page beside the programs, as built: `dist/dashboard`. */
export function pageDirectory(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../../dist/dashboard' : '../../../dashboard';
  return fileURLToPath(new URL(built, import.meta.url));
}

/** The page, under every path that names no file: what is shown is in the address, so that it can be shared. */
export function pageRoutes(directory: string): Router {
  const router = express.Router();
  router.use(
    express.static(directory, {
      index: false,
      dotfiles: 'ignore',
      redirect: false,
      setHeaders(response, path) {
        // What vite names after its content never changes.
        const isNamedByContent = path.startsWith(join(directory, 'assets'));
        response.setHeader('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    }),
  );
  router.use((request, response) => {
    const index = join(directory, 'index.html');
    if (isFile(request.path) || !existsSync(index)) {
      refuse(response, {
        status: 404,
        message: `there is no ${request.path}`,
        hint: existsSync(index)
          ? 'the API is under /api/v1'
          : 'the page was not built: npm run build; the API is under /api/v1',
      });
      return;
    }
    response.sendFile(index, { cacheControl: false, headers: { 'cache-control': 'no-cache' } });
  });
  return router;
}

/** A file that is not there, and no page: addresses of pages hold dots too, in names of types and objects. */
function isFile(path: string): boolean {
  return path.startsWith('/assets/') || /^\/[^/]*\.[^/]*$/.test(path);
}
