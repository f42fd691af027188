import { posix } from 'node:path';
import { anchorsOf, linksOf } from './markdown.ts';

export interface Problem {
  page: string;
  line: number;
  text: string;
}

/** What the links of pages lead to: pages by their path, and whether any other path exists. */
export interface Tree {
  pages: ReadonlyMap<string, string>;
  exists(path: string): boolean;
}

/** Every relative link that leads nowhere. Links to other hosts are not followed. */
export function deadLinks({ pages, exists }: Tree): { checked: number; problems: Problem[] } {
  const problems: Problem[] = [];
  let checked = 0;
  for (const [page, source] of pages) {
    for (const { line, target, isPicture } of linksOf(source)) {
      if (/^[a-z]+:/.test(target)) continue;
      checked++;
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
      const problem = problemOf(to, anchor);
      if (problem !== null) {
        problems.push({
          page,
          line,
          text: `${isPicture ? 'picture' : 'link'} ${target} ${problem}`,
        });
      }
    }
  }
  return { checked, problems };

  function problemOf(to: string, anchor: string | undefined): string | null {
    if (!exists(to.replace(/\/$/, ''))) return 'does not exist';
    const text = pages.get(to);
    if (anchor === undefined || text === undefined) return null;
    return anchorsOf(text).has(anchor) ? null : 'has no such heading';
  }
}
