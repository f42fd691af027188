/** The sandbox's own time: real time plus the time that a test has skipped. */
export class Clock {
  private shift = 0;

  now(): number {
    return Date.now() + this.shift;
  }

  advance(ms: number): void {
    this.shift += ms;
  }
}
