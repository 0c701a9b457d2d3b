/** A number of places, given out first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Calls `enter` as soon as there is a place, at once if there is one now. The returned function takes the wish back. */
  take(enter: () => void): () => void {
    if (this.#free > 0) {
      this.#free--;
      enter();
      return () => undefined;
    }
    this.#waiting.add(enter);
    return () => void this.#waiting.delete(enter);
  }

  /** Gives a place back; once for each that was entered. */
  release(): void {
    for (const enter of this.#waiting) {
      this.#waiting.delete(enter);
      enter();
      return;
    }
    this.#free++;
  }
}
