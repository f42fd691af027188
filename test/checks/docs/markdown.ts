export interface CodeBlock {
  /** Of the first line inside the block. */
  line: number;
  language: string;
  text: string;
}

export interface Link {
  line: number;
  target: string;
  isPicture: boolean;
}

interface Line {
  number: number;
  text: string;
  fence: RegExpExecArray | null;
}

/** The code blocks of a page, without the indentation of a list. */
export function codeBlocksOf(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { block: CodeBlock; lines: string[]; indent: number } | null = null;
  for (const { number, text, fence } of linesOf(page)) {
    if (fence === null) open?.lines.push(text.slice(open.indent));
    else if (open === null) {
      const [, indent = '', language = ''] = fence;
      const block = { line: number + 1, language, text: '' };
      open = { block, lines: [], indent: indent.length };
    } else {
      blocks.push({ ...open.block, text: open.lines.join('\n') });
      open = null;
    }
  }
  return blocks;
}

/** The docstrings of a source file as Markdown, each line where it was. */
export function docstringsOf(source: string): string {
  return source.replace(/^.*$/gm, (line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? '');
}

function linesOf(page: string): Line[] {
  return page.split('\n').map((text, index) => {
    return { number: index + 1, text, fence: /^(\s*)```(\w*)/.exec(text) };
  });
}

/** The lines that are not in a code block, with inline code blanked out. */
function proseOf(page: string): Line[] {
  let isCode = false;
  return linesOf(page).flatMap((line) => {
    if (line.fence !== null) isCode = !isCode;
    if (isCode || line.fence !== null) return [];
    return [{ ...line, text: line.text.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length)) }];
  });
}

/** Links and pictures, of Markdown and of HTML. A label may hold inline code. */
export function linksOf(page: string): Link[] {
  return proseOf(page).flatMap(({ number: line, text }) => {
    const markdown = [...text.matchAll(/(!?)\[[^\]]*\]\(<?([^)\s>]+)>?\)/g)].map((match) => {
      return { line, target: match[2] ?? '', isPicture: match[1] === '!' };
    });
    // A link around a picture: the part behind the picture.
    const around = [...text.matchAll(/\)\]\(([^)\s]+)\)/g)].map((match) => {
      return { line, target: match[1] ?? '', isPicture: false };
    });
    const html = [...text.matchAll(/\b(src|srcset|href)="([^"]+)"/g)].map((match) => {
      return { line, target: match[2] ?? '', isPicture: match[1] !== 'href' };
    });
    return [...markdown, ...around, ...html];
  });
}

/** The anchors that GitHub makes of a page's headings, and those that it has itself. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  let isCode = false;
  for (const { text, fence } of linesOf(page)) {
    if (fence !== null) isCode = !isCode;
    const [, own] = /<a id="([^"]+)"/.exec(text) ?? [];
    if (own !== undefined) anchors.add(own);
    const [, heading] = /^#{1,6} (.+)$/.exec(text) ?? [];
    if (isCode || heading === undefined) continue;
    const slug = slugOf(heading);
    let repeated = slug;
    for (let n = 1; anchors.has(repeated); n++) repeated = `${slug}-${n}`;
    anchors.add(repeated);
  }
  return anchors;
}

function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
