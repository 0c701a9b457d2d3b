import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from '../user/user-info.ts';
import type { RequestInfo } from './request-info.ts';

/** A request and the way to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly info: RequestInfo;
  readonly user: UserInfo;
}
