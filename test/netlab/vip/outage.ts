/** One question to the virtual address, as the poller prints it. */
interface Question {
  readonly at: number;
  readonly ok: boolean;
}

/** What the poller has printed so far. */
export function questionsOf(said: string): Question[] {
  const lines = said.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Question).sort((a, b) => a.at - b.at);
}

/** Milliseconds for which no new connection was answered: from the first question since then that failed to the first that was answered again. */
export function outageSince(questions: readonly Question[], since: number): number {
  const later = questions.filter(({ at }) => at >= since);
  const first = later.find(({ ok }) => !ok);
  if (first === undefined) return 0;
  const lastFailed = later.findLast(({ ok }) => !ok);
  const end = later.find(({ at }) => at > (lastFailed?.at ?? first.at));
  return (end?.at ?? Date.now()) - first.at;
}
