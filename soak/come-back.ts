import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 500;
const answerWithinMs = 20_000;

/**
 * A browser follows its callback to the gateway, and repeats while the gateway does not answer. It
 * keeps the cookies that it gets. Returns where the gateway sends the browser. Returns null if the
 * gateway sends it nowhere, or does not answer in time.
 */
export async function comeBack(callback: URL, isPatient: () => boolean): Promise<URL | null> {
  const cookies = new Map<string, string>();
  let url = callback;
  do {
    const response = await get(url, cookies);
    for (const line of response?.headers.getSetCookie() ?? []) {
      const [pair = ''] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      cookies.set(name, value.join('='));
    }
    // 503 and 429 ask for a repeat: the gateway cannot reach Temporal, or gets too many requests.
    if (response !== null && response.status !== 503 && response.status !== 429) {
      const location = response.headers.get('location');
      if (response.status !== 303 || location === null) return null;
      const next = new URL(location, url);
      // The gateway redirects an unknown browser to itself once.
      if (next.origin !== url.origin || next.pathname !== url.pathname) return next;
      url = next;
      continue;
    }
    await sleep(pauseMs);
  } while (isPatient());
  return null;
}

async function get(url: URL, cookies: ReadonlyMap<string, string>): Promise<Response | null> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  try {
    const signal = AbortSignal.timeout(answerWithinMs);
    const response = await fetch(url, { redirect: 'manual', headers: { cookie }, signal });
    await response.arrayBuffer();
    return response;
  } catch {
    return null;
  }
}
