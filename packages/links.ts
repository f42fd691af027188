import { posix } from 'node:path';

export interface LinkOptions {
  /** The Markdown file, from the root of the checkout. */
  from: string;
  /** The page of the repository. */
  site: string;
}

/**
 * The Markdown with links that work outside the repository, as on npm. Links inside the page stay
 * as they are, and so does code. A picture gets the address of the raw file.
 */
export function absoluteLinks(markdown: string, { from, site }: LinkOptions): string {
  const absolute = (target: string) => {
    if (/^(?:[a-z]+:|#)/.test(target)) return target;
    const kind = /\.(?:png|jpe?g|gif|svg|webp)$/.test(target) ? 'raw' : 'blob';
    return `${site}/${kind}/main/${posix.join(posix.dirname(from), target)}`;
  };
  const parts = markdown.split(/(^```[^]*?^```)/m);
  return parts
    .map((part) =>
      part.startsWith('```')
        ? part
        : part
            .replaceAll(/\]\(([^)\s]+)\)/g, (_, target: string) => `](${absolute(target)})`)
            .replaceAll(
              /\b(src|srcset|href)="([^"]+)"/g,
              (_, name: string, target: string) => `${name}="${absolute(target)}"`,
            ),
    )
    .join('');
}
