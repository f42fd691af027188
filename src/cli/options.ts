import { InvalidArgumentError } from 'commander';

/** For options that count something. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It is not a whole number above 0.');
}

/** 0 takes any port that is free. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It is not a port, 0 to 65535.');
}
