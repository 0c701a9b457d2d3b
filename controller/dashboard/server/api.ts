import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { ClusterDetail, ObjectKey, Session } from '../../../apis/dashboard/v1.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { EVENTS } from '../../kube/core-kinds.ts';
import type { Log } from '../../telemetry/log.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import { type AccessBook, partsOf } from '../access/access-book.ts';
import { Refusal, type Visitor } from '../access/person.ts';
import type { Reviewer } from '../access/reviewer.ts';
import { COOKIE, type SignIn } from '../access/sign-in.ts';
import type { Board } from '../board.ts';
import { type Access, mayList } from '../views/access.ts';
import { parseObjectQuery } from '../views/object-query.ts';
import { notStored, sameSite } from './guards.ts';
import type { ObjectEvents } from './object-events.ts';
import { openApi } from './open-api.ts';
import { refuse } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Streams } from './streams.ts';

export interface ApiOptions {
  readonly board: Board;
  readonly accesses: AccessBook;
  readonly reviewer: Reviewer;
  readonly signIn: SignIn;
  readonly streams: Streams;
  readonly events: ObjectEvents;
  /** What one who is let in may ask, and how often one address may be turned away. */
  readonly limits: { readonly asking: RateLimit; readonly failing: RateLimit };
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface Asked {
  readonly visitor: Visitor;
  readonly access: Access;
  readonly request: Request;
  readonly response: Response;
}

/** `/api/v1`, and the one-time links. */
export function apiRoutes(options: ApiOptions): Router {
  const { board, accesses, signIn, streams, signal } = options;
  const router = express.Router();
  const visitorOf = async (request: Request, response: Response): Promise<Visitor> => {
    const visitor = await welcomed(options, request, response);
    pass(response, options.limits.asking.take(visitor.account));
    return visitor;
  };
  const answer = (path: string, handler: (asked: Asked) => unknown) =>
    router.get(path, async (request, response) => {
      const visitor = await visitorOf(request, response);
      const access = await accesses.of(visitor.person);
      const found = await handler({ visitor, access, request, response });
      if (found === undefined) throw new Refusal(404, `there is no ${request.path}, or you may not see it`);
      response.json(found);
    });

  router.use('/api', notStored, sameSite);
  router.get('/api/v1/openapi.json', (_request, response) => void response.json(openApi()));
  router.get('/api/v1/session', async (request, response) => {
    const visitor = await visitorOf(request, response);
    const shownToken = request.headers.authorization !== undefined;
    const kept = shownToken ? signIn.keep(visitor) : undefined;
    if (kept !== undefined) setCookie(request, response, kept);
    const expiresAt = kept?.expiresAt ?? visitor.expiresAt;
    const session: Session = {
      user: visitor.person?.user ?? 'you, at this machine',
      by: visitor.by,
      ...(expiresAt === undefined ? {} : { expiresAt: rfc3339(expiresAt) }),
    };
    response.json(session);
  });
  router.get('/api/v1/events', async (request, response) => {
    const visitor = await visitorOf(request, response);
    const last = request.headers['last-event-id'] ?? parametersOf(request).get('lastEventId');
    await streams.open(visitor, typeof last === 'string' && last !== '' ? last : undefined, response);
  });
  answer('/api/v1/overview', ({ access }) => board.overview(access));
  answer('/api/v1/clusters', ({ access }) => board.clusters(access));
  answer('/api/v1/clusters/:name', (asked) => clusterDetail(options, asked));
  answer('/api/v1/objects', ({ access, request }) => {
    const query = parseObjectQuery(parametersOf(request));
    if (typeof query === 'string') throw new Refusal(400, query);
    return board.objects(query, access);
  });
  answer('/api/v1/objects/:type/:namespace/:name', (asked) => objectDetail(options, asked));
  answer('/api/v1/reachability', ({ access }) => board.reachability(access));
  answer('/api/v1/topology', ({ access }) => board.topology(access));
  answer('/api/v1/receipts', ({ access }) => board.receipts(access));
  answer('/api/v1/held-deletions', ({ access }) => board.heldDeletions(access));
  router.get('/link/:token', notStored, async (request, response) => {
    const address = addressOf(request);
    pass(response, options.limits.failing.wait(address));
    const kept = await signIn.byLink(String(request.params.token), signal);
    if (kept === undefined) {
      options.limits.failing.take(address);
      throw new Refusal(401, 'this link was used already, or is too old', '`fedctl dashboard` prints another one');
    }
    setCookie(request, response, kept);
    response.redirect(303, '/');
  });
  router.use('/api', (request, response) => {
    refuse(response, {
      status: 404,
      message: `there is no ${request.originalUrl.split('?')[0]}`,
      hint: 'GET /api/v1/openapi.json',
    });
  });
  return router;
}

/** What is thrown anywhere, as a Problem. */
export function problems(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      response.destroy();
    } else if (error instanceof Refusal) {
      const { status, message, hint, cause } = error;
      if (cause !== undefined) log.warn({ err: cause, path: request.path }, message);
      if (status === 401) response.set('www-authenticate', 'Bearer');
      refuse(response, { status, message, ...(hint === undefined ? {} : { hint }) });
    } else if (isMalformed(error)) {
      refuse(response, { status: 400, message: 'the address is not written as a URL is' });
    } else {
      log.error({ err: error, path: request.path }, 'the dashboard could not answer');
      refuse(response, {
        status: 500,
        message: 'the dashboard could not answer',
        hint: "the controller's log says why",
      });
    }
  };
}

/** Express says so of a path that cannot be decoded. */
function isMalformed(error: unknown): boolean {
  return error instanceof URIError || (error instanceof Error && 'status' in error && error.status === 400);
}

/** For what takes no part in the API. */
export const unlimited: RequestHandler = (_request, response) => void response.type('text/plain').send('ok');

async function welcomed(
  { signIn, limits, signal }: ApiOptions,
  request: Request,
  response: Response,
): Promise<Visitor> {
  // Only tokens can be guessed, and only guesses cost the API server anything: whoever has a session is never held up by others.
  const showsToken = request.headers.authorization !== undefined;
  const address = addressOf(request);
  if (showsToken) pass(response, limits.failing.wait(address));
  try {
    return await signIn.visitorOf(request, signal);
  } catch (error) {
    if (showsToken && error instanceof Refusal && error.status === 401) limits.failing.take(address);
    throw error;
  }
}

function pass(response: Response, waitSeconds: number): void {
  if (waitSeconds === 0) return;
  response.set('retry-after', String(waitSeconds));
  throw new Refusal(429, 'too many requests', `try again in ${waitSeconds} s`);
}

async function clusterDetail(
  { board, events, reviewer, signal }: ApiOptions,
  { access, visitor, request }: Asked,
): Promise<ClusterDetail | undefined> {
  const name = String(request.params.name);
  const [summary, object] = [board.cluster(name, access), board.clusterObject(name)];
  if (summary === undefined || object === undefined) return undefined;
  const seesEvents = await maySeeEvents(reviewer, visitor, object.metadata.namespace, signal);
  return { ...summary, events: seesEvents ? await events.of(object as unknown as KubeObject, signal) : [] };
}

async function objectDetail(
  { board, events, reviewer, signal }: ApiOptions,
  { access, visitor, request }: Asked,
): Promise<unknown> {
  const { type, namespace, name } = request.params as { type: string; namespace: string; name: string };
  const key: ObjectKey = { type, name, ...(namespace === '-' ? {} : { namespace }) };
  const object = board.federated(key);
  const { person } = visitor;
  const deed = { verb: 'get' as const, ...partsOf(type), name, ...(namespace === '-' ? {} : { namespace }) };
  const sees = object !== undefined && (person === undefined || (await reviewer.may(person, deed, signal)));
  // Whoever may list may know of it; whoever may not is told no more of what is there than of what is not.
  if (object === undefined || !sees) {
    if (object !== undefined && mayList(access, type, key.namespace)) {
      throw new Refusal(403, `you may list ${type}, but not get "${name}"`);
    }
    return undefined;
  }
  const seesEvents = await maySeeEvents(reviewer, visitor, key.namespace ?? 'default', signal);
  return board.object(key, seesEvents ? await events.of(object as unknown as KubeObject, signal) : []);
}

function maySeeEvents(
  reviewer: Reviewer,
  { person }: Visitor,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (person === undefined) return Promise.resolve(true);
  const { group, plural: resource } = EVENTS;
  return reviewer.may(person, { verb: 'list', group, resource, ...(namespace ? { namespace } : {}) }, signal);
}

function setCookie(request: Request, response: Response, { id, expiresAt }: { id: string; expiresAt: number }): void {
  response.cookie(COOKIE, id, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    expires: new Date(expiresAt),
    // Whoever lies about it only makes the browser stricter.
    secure: request.headers['x-forwarded-proto'] === 'https',
  });
}

function parametersOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, 'http://localhost').searchParams;
}

function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? '';
}
