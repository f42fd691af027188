/* oxlint-disable no-console -- the notice below is printed by console.warn while the module is evaluated */

import type Provider from 'oidc-provider';

/**
 * The provider's module, without the one line that it prints on most versions of Node: it works on
 * Node 20.19 and newer. The code filters nothing else; a static import would print first.
 */
export async function loadProvider(): Promise<typeof Provider> {
  const warn = console.warn;
  console.warn = (...words: unknown[]) => {
    if (!String(words[0]).includes('Unsupported runtime')) warn(...words);
  };
  try {
    return (await import('oidc-provider')).Provider;
  } finally {
    console.warn = warn;
  }
}
