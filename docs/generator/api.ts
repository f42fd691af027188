import { packageEntries } from './entries.ts';
import { generatedPage } from './markdown.ts';
import { docOf, exportsOf, type Exported, type SourceFile } from './source.ts';

export function apiPage(): string {
  const sections = Object.entries(packageEntries()).flatMap(([name, path]) => {
    const all = exportsOf(path).toSorted((a, b) => a.name.localeCompare(b.name));
    const [values, types] = [all.filter(isValue), all.filter((one) => !isValue(one))];
    return [
      `## ${name}`,
      ...values.map(valueSection),
      `### Types of ${name}`,
      ...types.map(typeSection),
    ];
  });
  return generatedPage(
    'API',
    'What the packages export, with the comments of the source. typedoc does not support TypeScript 7, which has no JavaScript API to read a program with. So this page is written from the source by a parser.',
    ...sections,
  );
}

function isValue({ node }: Exported): boolean {
  return node.type !== 'TSInterfaceDeclaration' && node.type !== 'TSTypeAliasDeclaration';
}

function valueSection(exported: Exported): string {
  const { name, node, file } = exported;
  const parts = [`### ${name}`, docOf(file, exported.start)];
  if (node.type === 'ClassDeclaration') parts.push(...membersOf(exported));
  if (node.type === 'FunctionDeclaration') {
    parts.push(
      fence(`function ${signature(file, node.id?.start ?? node.start, node.body?.start)}`),
    );
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

function membersOf({ node, file }: Exported): string[] {
  if (node.type !== 'ClassDeclaration') return [];
  return node.body.body.flatMap((member) => {
    const isPrivate =
      !('key' in member) ||
      member.key.type === 'PrivateIdentifier' ||
      ('accessibility' in member && member.accessibility === 'private');
    if (isPrivate) return [];
    const end = member.type === 'MethodDefinition' ? member.value.body?.start : valueStart(member);
    const text = fence(signature(file, member.start, end ?? member.end));
    const doc = docOf(file, member.start);
    // Handles are made by Mooring: only a documented constructor is for callers.
    if (doc === '' && member.key.type === 'Identifier' && member.key.name === 'constructor')
      return [];
    return [doc === '' ? text : `${text}\n\n${doc}`];
  });
}

/** Where the value of a field begins: only what is before it is its declaration. */
function valueStart(member: { type: string; end: number }): number {
  const value = 'value' in member ? member.value : null;
  const isNode = typeof value === 'object' && value !== null && 'start' in value;
  return isNode && typeof value.start === 'number' ? value.start : member.end;
}

function signature(file: SourceFile, start: number, end: number | undefined): string {
  const text = file.text.slice(start, end).trim();
  return `${text
    .replace(/\s*[={]$/, '')
    .replace(/\basync \*?/, '')
    .replace(/;$/, '')};`;
}

function typeSection(exported: Exported): string {
  const { name, node, file } = exported;
  const text = file.text.slice(node.start, node.end);
  return [`#### ${name}`, docOf(file, exported.start), fence(text)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function fence(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}
