import type { Request, RequestHandler } from 'express';
import { isLoopback } from './listen.ts';
import { refuse } from './problem.ts';

/** No inline script or style, nothing from elsewhere, no frame around it. */
const CSP = [
  "default-src 'self'",
  "base-uri 'none'",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
].join('; ');

export const headers: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': CSP,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  next();
};

/** The dashboard changes nothing, so nothing else than reading is answered, and no body is read. */
export const onlyReads: RequestHandler = (request, response, next) => {
  if (request.method === 'GET') return next();
  response.set('allow', 'GET').set('connection', 'close');
  refuse(response, { status: 405, message: 'the dashboard only shows: GET', hint: 'change things with fedctl' });
};

/**
 * On loopback a page of any site could have its own name point here (DNS rebinding) and read what is answered. Such a request
 * bears that name as its host.
 */
export function knownHost(listensOn: string | undefined): RequestHandler {
  return (request, response, next) => {
    if (!isLoopback(listensOn ?? '') || isLoopback(hostOf(request))) return next();
    refuse(response, {
      status: 403,
      message: 'this address is answered under the names localhost, 127.0.0.1 and [::1] only',
    });
  };
}

/** A page elsewhere has no business here, whatever cookies the browser sends along. */
export const sameSite: RequestHandler = (request, response, next) => {
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return next();
  refuse(response, { status: 403, message: 'another site cannot read the dashboard' });
};

export const notStored: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};

function hostOf({ headers: { host = '' } }: Request): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');
}
