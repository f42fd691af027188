/**
 * Longer than any window that Composio documents (ten minutes). One wrong header must not stop a
 * process for days.
 */
const longestMs = 3_600_000;

const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long an answer asks us to wait, or null. The client ignores 60 s and more, which a window of
 * one minute can reach. A date counts from the answer's own `Date`, so our clock does not matter.
 */
export function retryAfterMs(headers: Headers): number | null {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return clamp(Math.ceil(Number(value) * 1_000));
  if (!httpDate.test(value)) return null;
  const until = Date.parse(value);
  return Number.isNaN(until) ? null : clamp(until - answerTimeOf(headers));
}

/** The time of an answer by the sender's clock, or by ours if the answer has no date. */
export function answerTimeOf(headers: Headers): number {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? Date.now() : date;
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 0), longestMs);
}
