import type { Response } from 'express';
import type { Problem } from '../../../apis/dashboard/v1.ts';

export function refuse(response: Response, problem: Problem): void {
  response.status(problem.status).set('cache-control', 'no-store').json(problem);
}
