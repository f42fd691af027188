const mostCharacters = 200;

/** One line of a text that others wrote. A URL may be a capability, so none is shown. */
export function brief(text: string): string {
  const [line = ''] = text.split('\n');
  return line.replaceAll(/https?:\/\/\S+/g, '(a URL)').slice(0, mostCharacters);
}
