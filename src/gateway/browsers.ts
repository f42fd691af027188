import { Throttle } from './limits.ts';

/** A browser that was reported to a run, with the cookies of its first report. */
interface Browser {
  cookies: readonly string[];
  introduction: Promise<boolean>;
}

/** After two browsers nobody can confirm the attempt, so a third one changes nothing. */
const mostBrowsers = 2;
const mostAttempts = 10_000;

/**
 * Decides which returns of browsers are reported to a run. The first two browsers of an attempt are
 * always reported, each of them three times a minute, so no browser can use up another one's
 * reports.
 *
 * Remembers what this process has sent, in bounded memory. A browser that it has forgotten is sent
 * again.
 */
export class Browsers {
  readonly #byAttempt = new Map<string, readonly Browser[]>();
  readonly #returns = new Throttle({ most: 3, windowMs: 60_000, keys: 2 * mostAttempts });

  /**
   * Calls `send`, which reports these cookies to the run, unless the run needs no more reports.
   * Returns whether this return was reported; throws what `send` throws.
   */
  async reportReturn(
    attempt: string,
    cookies: readonly string[],
    send: () => Promise<boolean>,
  ): Promise<boolean> {
    const browsers = this.#byAttempt.get(attempt) ?? [];
    const known = browsers.find((other) => other.cookies.some((one) => cookies.includes(one)));
    if (known !== undefined) return this.#canReport(attempt, known) && send();
    if (browsers.length === mostBrowsers) {
      // If the run has not received both, this return must not be dropped silently.
      await Promise.all(browsers.map(({ introduction }) => introduction));
      return false;
    }
    const browser = { cookies, introduction: send() };
    this.#canReport(attempt, browser);
    this.#storeBrowsers(attempt, [...browsers, browser]);
    try {
      return await browser.introduction;
    } catch (error) {
      const others = this.#byAttempt.get(attempt)?.filter((other) => other !== browser);
      this.#storeBrowsers(attempt, others ?? []);
      throw error;
    }
  }

  #canReport(attempt: string, { cookies }: Browser): boolean {
    return this.#returns.tryAcquire(`${attempt} ${cookies[0]}`);
  }

  #storeBrowsers(attempt: string, browsers: readonly Browser[]): void {
    this.#byAttempt.delete(attempt);
    if (browsers.length > 0) this.#byAttempt.set(attempt, browsers);
    if (this.#byAttempt.size > mostAttempts) {
      const [oldest = attempt] = this.#byAttempt.keys();
      this.#byAttempt.delete(oldest);
    }
  }
}
