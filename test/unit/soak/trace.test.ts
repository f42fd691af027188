import { expect, it } from 'vitest';
import { traceOf } from '../../../soak/trace.ts';
import { time } from './diary.ts';
import { goodDiary } from './good-evidence.ts';
import { violation } from './spoil.ts';

const link = 'sh_this-is-a-link-of-bob';

function traceOfBob() {
  const diary = goodDiary();
  diary.evidence.secrets.push(link);
  const id = diary.evidence.accounts.find(({ userId }) => userId === 'bob')?.id ?? '';
  const line = (seconds: number, msg: string) =>
    JSON.stringify({ level: 30, time: new Date(time(seconds)), msg, connectedAccountId: id });
  const lines = [line(23, 'account deleted'), line(23.5, link), 'no line of a log'];
  diary.evidence.places.push({ name: 'log of worker 1', text: lines.join('\n') });
  return { id, trace: traceOf(violation('accounts', 'bob', 'it is left'), diary.close()) };
}

it('a violation is shown with the calls of its user, the writes, the log lines and the runs', () => {
  const { id, trace } = traceOfBob();
  const position = (part: string) => trace.findIndex((line) => line.includes(part));
  const order = ['cancel', 'log of worker 1: account deleted', `delete ${id}`, 'CANCELED'];
  expect(order.map(position)).toEqual(order.map(position).toSorted((a, b) => a - b));
  expect(position('cancel')).toBeGreaterThan(-1);
  expect(trace.some((line) => line.includes('ann') || line.includes('gus'))).toBe(false);
});

it('is shown without a secret', () => {
  const { trace } = traceOfBob();
  expect(trace.join('\n')).not.toContain(link);
  expect(trace).toContain('a line with a secret');
});
