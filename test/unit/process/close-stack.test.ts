import { expect, test } from 'vitest';
import { Opened } from '../../../src/process/close-stack.ts';

function openedThree(failing: string[] = []) {
  const opened = new Opened();
  const closed: string[] = [];
  for (const name of ['temporal', 'sandbox', 'worker']) {
    opened.add(async () => {
      closed.push(name);
      if (failing.includes(name)) throw new Error(`${name} would not close`);
    });
  }
  return { opened, closed };
}

test('Opened › closes in the opposite order, and once', async () => {
  const { opened, closed } = openedThree();
  await opened.close();
  await opened.close();
  expect(closed).toEqual(['worker', 'sandbox', 'temporal']);
});

test('Opened › closes what is left when a part would not close, and tells of the first', async () => {
  const { opened, closed } = openedThree(['worker', 'sandbox']);
  await expect(opened.close()).rejects.toThrow('worker would not close');
  expect(closed).toEqual(['worker', 'sandbox', 'temporal']);
});

test('Opened › leaves nothing open when what comes next fails, and tells that failure', async () => {
  const { opened, closed } = openedThree(['sandbox']);
  const opening = opened.orClose(async () => {
    throw new Error('the port is taken');
  });
  await expect(opening).rejects.toThrow('the port is taken');
  expect(closed).toEqual(['worker', 'sandbox', 'temporal']);
});
