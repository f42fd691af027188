/* oxlint-disable no-console -- the notice below is printed by console.warn while the module is evaluated */

import type Provider from 'oidc-provider';

/**
 * The provider's module, without the one line it prints on any Node but its favourite: it runs
 * completely on Node 20.19 and newer. Nothing else is filtered; a static import would print first.
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
