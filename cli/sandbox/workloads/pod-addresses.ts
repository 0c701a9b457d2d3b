/** Gives each Pod an address of its own from the cluster's range, the lowest free one. */
export class PodAddresses {
  readonly #first: number;
  readonly #size: number;
  readonly #byHolder = new Map<string, number>();
  readonly #taken = new Set<number>();
  #next = 0;

  /** @param cidr such as `10.200.0.0/16`. @throws {RangeError} it is no range of IPv4 addresses. */
  constructor(cidr: string) {
    const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
    const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match?.slice(1).map(Number) ?? [];
    if (Math.max(a, b, c, d) > 255 || prefix > 30) throw new RangeError(`${cidr} is no range of Pod addresses`);
    this.#size = 2 ** (32 - prefix) - 2;
    const start = ((a * 256 + b) * 256 + c) * 256 + d;
    this.#first = start - (start % 2 ** (32 - prefix)) + 1;
  }

  /** The holder's address, the same each time; `undefined`: all are in use. */
  addressOf(holder: string): string | undefined {
    const known = this.#byHolder.get(holder);
    if (known !== undefined) return this.#text(known);
    for (let tried = 0; tried < this.#size; tried++) {
      const offset = (this.#next + tried) % this.#size;
      if (this.#taken.has(offset)) continue;
      this.#next = offset + 1;
      this.#take(holder, offset);
      return this.#text(offset);
    }
    return undefined;
  }

  /** An address that somebody has already: it is given to nobody else. */
  note(holder: string, address: string): void {
    const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const offset = number - this.#first;
    if (!this.#byHolder.has(holder) && offset >= 0 && offset < this.#size) this.#take(holder, offset);
  }

  release(holder: string): void {
    const offset = this.#byHolder.get(holder);
    if (offset === undefined) return;
    this.#byHolder.delete(holder);
    this.#taken.delete(offset);
  }

  #take(holder: string, offset: number): void {
    this.#byHolder.set(holder, offset);
    this.#taken.add(offset);
  }

  #text(offset: number): string {
    const number = this.#first + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
  }
}
