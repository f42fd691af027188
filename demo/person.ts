interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
}

/** A page, that is, an answer that is not a redirect. */
interface Page {
  url: URL;
  status: number;
  html: string;
}

interface Form {
  action: URL;
  button: string;
  /** The names of the form's fields, and their prefilled values. */
  fields: [name: string, value: string][];
}

/** Where a walk ended: on the callback URL, which is never fetched here, or on a page. */
type Stop = { callback: URL } | { page: Page };

/**
 * The parameters with which a URL leads back to the app: after a link, a create call, or to a
 * verifier.
 */
const comesBack = ['connected_account_id', 'connectedAccountId', 'session_uri'];

/**
 * A person with a browser of their own, scripted over plain HTTP. Each new person has an empty
 * cookie jar.
 */
export class Person {
  private readonly account: string;
  private cookies: Cookie[] = [];

  /** `account`: the name to sign in with at the provider. */
  constructor(account: string) {
    this.account = account;
  }

  /** Opens the link and does nothing there. */
  async open(redirectUrl: string): Promise<void> {
    await this.openLink(redirectUrl);
  }

  /**
   * Goes through the link page, sign-in and consent. Returns the callback URL with its parameters;
   * the caller decides whether to open it. `stopBefore` ends the walk before that URL.
   */
  async approve(
    redirectUrl: string,
    { stopBefore }: { stopBefore?: (url: URL) => boolean } = {},
  ): Promise<URL> {
    return this.finish(redirectUrl, 'Allow', stopBefore);
  }

  /** Signs in and denies at the provider. */
  async deny(redirectUrl: string): Promise<URL> {
    return this.finish(redirectUrl, 'Deny');
  }

  /** Cancels on the link page, before the provider. */
  async cancelAtLinkPage(redirectUrl: string): Promise<URL> {
    return landed(await this.press(await this.openLink(redirectUrl), 'Cancel'));
  }

  /**
   * Stays on the consent page until the caller calls `allow` or `deny`. Both return null when the
   * consent leads to a page rather than back to the app.
   */
  async reachConsent(
    redirectUrl: string,
  ): Promise<{ allow(): Promise<URL | null>; deny(): Promise<URL | null> }> {
    const stop = await this.untilConsent(redirectUrl);
    if ('callback' in stop) throw new Error('no consent page on the way');
    const choose = async (button: string) => {
      const end = await this.press(stop.page, button);
      return 'callback' in end ? end.callback : null;
    };
    return { allow: () => choose('Allow'), deny: () => choose('Deny') };
  }

  /**
   * Opens the callback URL. Returns where the gateway sends the browser; null when it shows a page.
   */
  async comeBack(callback: URL): Promise<URL | null> {
    let url = callback;
    // The gateway redirects an unknown browser to itself once, to read its cookies.
    for (let hops = 0; hops < 3; hops++) {
      const { status, location } = await this.request(url);
      if (status !== 303 || location === null) return null;
      if (location.origin !== url.origin || location.pathname !== url.pathname) return location;
      url = location;
    }
    throw new Error('redirected in circles');
  }

  private async finish(
    redirectUrl: string,
    button: string,
    stopBefore?: (url: URL) => boolean,
  ): Promise<URL> {
    const stop = await this.untilConsent(redirectUrl, stopBefore);
    return landed('callback' in stop ? stop : await this.press(stop.page, button, stopBefore));
  }

  private async untilConsent(
    redirectUrl: string,
    stopBefore?: (url: URL) => boolean,
  ): Promise<Stop> {
    let stop: Stop = { page: await this.openLink(redirectUrl) };
    // Some links have no page, and a signed-in browser goes straight to the consent.
    for (const button of ['Continue', 'Sign in']) {
      if ('page' in stop && buttons(stop.page).includes(button)) {
        stop = await this.press(stop.page, button, stopBefore);
      }
    }
    return stop;
  }

  private async openLink(redirectUrl: string): Promise<Page> {
    const stop = await this.walk(new URL(redirectUrl));
    if ('callback' in stop) throw new Error('the link led away without a page');
    if (stop.page.status !== 200) throw new Error(describe(stop.page));
    return stop.page;
  }

  private press(page: Page, button: string, stopBefore?: (url: URL) => boolean): Promise<Stop> {
    const form = forms(page).find((form) => form.button === button);
    if (!form) throw new Error(`no button "${button}": ${describe(page)}`);
    const values = form.fields.map(([field, filled]): [string, string] => [
      field,
      field === 'account' ? this.account : filled || `${field}-of-${this.account}`,
    ]);
    return this.walk(form.action, new URLSearchParams(values), stopBefore);
  }

  /** Follows redirects until a page, or until one leads back to the app. */
  private async walk(
    start: URL,
    body?: URLSearchParams,
    stopBefore?: (url: URL) => boolean,
  ): Promise<Stop> {
    let url = start;
    let form = body;
    for (let hops = 0; hops < 20; hops++) {
      const { status, html, location } = await this.request(url, form);
      if (location === null) return { page: { url, status, html } };
      url = location;
      form = undefined;
      if (comesBack.some((name) => url.searchParams.has(name)) || stopBefore?.(url)) {
        return { callback: url };
      }
    }
    throw new Error('redirected in circles');
  }

  private async request(url: URL, form?: URLSearchParams) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: this.cookiesFor(url) },
      ...(form && { body: form }),
    });
    this.keepCookies(url, response);
    const { status, headers } = response;
    const location = headers.get('location');
    const html = await response.text();
    return { status, html, location: location === null ? null : new URL(location, url) };
  }

  private cookiesFor(url: URL): string {
    return this.cookies
      .filter(({ host, path }) => host === url.hostname && isWithin(url.pathname, path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  private keepCookies(url: URL, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const attribute = (key: string) =>
        attributes.find((text) => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
      const cookie = { name, value, host: url.hostname, path: attribute('path') ?? '/' };
      this.cookies = this.cookies.filter(
        (old) => old.name !== name || old.host !== cookie.host || old.path !== cookie.path,
      );
      const expires = attribute('expires');
      if (expires === undefined || Date.parse(expires) > Date.now()) this.cookies.push(cookie);
    }
  }
}

function landed(stop: Stop): URL {
  if ('callback' in stop) return stop.callback;
  throw new Error(`ended on a page: ${describe(stop.page)}`);
}

function isWithin(pathname: string, path: string): boolean {
  return path === '/' || pathname === path || pathname.startsWith(`${path}/`);
}

function buttons(page: Page): string[] {
  return forms(page).map(({ button }) => button);
}

function forms({ url, html }: Page): Form[] {
  return [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action = '', content = '']) => ({
      action: new URL(action, url),
      button: /<button[^>]*>([^<]*)</.exec(content)?.[1] ?? '',
      fields: [...content.matchAll(/<input[^>]*name="([^"]*)"[^>]*>/g)].map(
        ([input, name = '']) => [name, textOf(/ value="([^"]*)"/.exec(input)?.[1] ?? '')],
      ),
    }),
  );
}

function textOf(html: string): string {
  const entities = { quot: '"', lt: '<', gt: '>', '#39': "'" };
  return Object.entries(entities)
    .reduce((text, [name, character]) => text.replaceAll(`&${name};`, character), html)
    .replaceAll('&amp;', '&');
}

function describe({ url, status, html }: Page): string {
  const heading = /<h1>([^<]*)</.exec(html)?.[1] ?? 'a page without a heading';
  return `${status} "${heading}" at ${url.origin}`;
}
