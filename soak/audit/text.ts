const mostCharacters = 200;

/** The first line of an error. A URL may give access, so it is hidden. */
export function brief(text: string): string {
  const [line = ''] = text.split('\n');
  return line.replaceAll(/https?:\/\/\S+/g, '(a URL)').slice(0, mostCharacters);
}
