import { expect, test } from 'vitest';
import { CloseStack } from '../../../src/process/close-stack.ts';

function openedThree(failing: string[] = []) {
  const opened = new CloseStack();
  const closed: string[] = [];
  for (const name of ['temporal', 'sandbox', 'worker']) {
    opened.add(async () => {
      closed.push(name);
      if (failing.includes(name)) throw new Error(`${name} would not close`);
    });
  }
  return { opened, closed };
}

test('Opened › closes in reverse order, and once', async () => {
  const { opened, closed } = openedThree();
  await opened.close();
  await opened.close();
  expect(closed).toEqual(['worker', 'sandbox', 'temporal']);
});

test('Opened › closes the other parts if one fails to close, and throws the first error', async () => {
  const { opened, closed } = openedThree(['worker', 'sandbox']);
  await expect(opened.close()).rejects.toThrow('worker would not close');
  expect(closed).toEqual(['worker', 'sandbox', 'temporal']);
});

test('Opened › leaves nothing open if the next part fails to open, and throws that error', async () => {
  const { opened, closed } = openedThree(['sandbox']);
  const opening = opened.closeOnFailure(async () => {
    throw new Error('the port is taken');
  });
  await expect(opening).rejects.toThrow('the port is taken');
  expect(closed).toEqual(['worker', 'sandbox', 'temporal']);
});
