import { codeBlocksOf, linksOf } from './markdown.ts';

export interface ReadmeFigures {
  words: number;
  firstCode: number;
  pictures: number;
}

const limits = { words: 900, firstCode: 12 };

export function figuresOf(readme: string): ReadmeFigures {
  return {
    words: readme.split(/\s+/).filter((word) => word !== '').length,
    firstCode: codeBlocksOf(readme)[0]?.line ?? Infinity,
    pictures: linksOf(readme).filter(({ isPicture }) => isPicture).length,
  };
}

export function readmeProblems(readme: string): string[] {
  const { words, firstCode, pictures } = figuresOf(readme);
  return [
    ...(words > limits.words ? [`has ${words} words, more than ${limits.words}`] : []),
    ...(firstCode > limits.firstCode
      ? [`has its first code at line ${firstCode}, later than ${limits.firstCode}`]
      : []),
    ...(pictures === 0 ? ['has no picture'] : []),
    ...(readme.includes('npm test') ? [] : ['does not name npm test']),
  ];
}
