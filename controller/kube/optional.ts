import { isNotFound } from './errors.ts';

/** The answer, or `undefined` when there is no such object or no such kind. */
export async function optional<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
