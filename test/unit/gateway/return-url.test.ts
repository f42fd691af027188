import { describe, expect, it } from 'vitest';
import { isAllowedReturnUrl } from '../../../src/domain/schemas.ts';
import { homeUrl } from '../../../src/gateway/return-url.ts';
import { gateway } from './support.ts';

const origins = ['https://app.example', 'http://127.0.0.1:3000'];
const standing = { status: 'active', reason: null, connectionId: 'ada/ac_1' } as const;
const told = 'mooring_status=active&mooring_connection=ada%2Fac_1';

const blanks = ['\t', '\n', '\r', ' ', '\0', '\u0085', '\u00a0', '\u2028', '\u3000', '\ufeff'];

/** Every known way to send a browser elsewhere: by scheme, host, credentials, blanks, spelling. */
const elsewhere = [
  '',
  '/',
  '//',
  '///',
  '////',
  '\\',
  '\\\\',
  '/\\',
  '\\/',
  '/\\/',
  '.',
  '@',
  '?',
  '#',
  ':',
  'evil.example',
  '/evil.example',
  '/path',
  '#fragment',
  '?query',
  'https',
  'https:',
  'https:/',
  ...[
    '//',
    '///',
    '////',
    '\\\\',
    '/\\',
    '\\/',
    '/\t/',
    '/\n/',
    '//\\',
    '/%2f',
    '/%5c',
    './/',
    '..//',
  ].map((lead) => `${lead}evil.example`),
  ...['//', '///', '\\\\', '/\\', '/\t/'].map((lead) => `${lead}app.example`),
  ...[
    'javascript',
    'data',
    'vbscript',
    'file',
    'ftp',
    'ws',
    'wss',
    'blob',
    'about',
    'mailto',
    'intent',
    'app',
  ].flatMap((scheme) => [
    `${scheme}:alert(1)`,
    `${scheme}://app.example/`,
    `${scheme.toUpperCase()}://app.example/`,
    `${scheme}:https://app.example/`,
  ]),
  'data:text/html,<script>alert(1)</script>',
  'blob:https://app.example/5c7e',
  'view-source:https://app.example/',
  'filesystem:https://app.example/',
  // prefixes, suffixes, ports, and other schemes of an allowed host
  ...[
    'https://app.example.evil.example',
    'https://evilapp.example',
    'https://app.exampleevil',
    'https://app.example-evil.com',
    'https://sub.app.example',
    'https://app.example.',
    'https://app.example:8443',
    'https://app.example:444',
    'https://app.example:80',
    'http://app.example',
    'http://app.example:443',
    'https://app',
    'https://example',
    'https://evil.example/app.example',
    'https://evil.example/https://app.example',
    'https://evil.example?https://app.example',
    'https://evil.example#https://app.example',
    'https://evil.example;app.example',
    'https://evil.example&app.example',
    'https://evil.example%2fapp.example',
    'https://evil.example%5capp.example',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]:3000',
    'http://127.0.0.1',
    'http://127.0.0.1:3001',
    'http://127.0.0.1:30000',
    'http://127.0.0.2:3000',
    'http://localhost:3000',
    'https://127.0.0.1:3000',
    'http://0.0.0.0:3000',
    'http://127.0.0.1.evil.example:3000',
  ].flatMap((origin) => [origin, `${origin}/done`]),
  // credentials
  ...['app.example', 'app.example:443', 'app.example%2f', 'user', 'user:password', '', ':', '%61']
    .flatMap((user) => [`https://${user}@evil.example/`, `https://${user}@app.example/`])
    .filter((url) => !['https://@app.example/', 'https://:@app.example/'].includes(url)),
  'https://app.example@evil.example@app.example/',
  'https://app.example\\@evil.example/',
  'https://evil.example\\@app.example/',
  'https://app.example:443@evil.example/',
  // blanks and control characters: before, inside and after
  ...blanks.flatMap((blank) => [
    `${blank}https://app.example/`,
    `https://app.example/${blank}`,
    `ht${blank}tps://app.example/`,
    `https:${blank}//app.example/`,
    `https:/${blank}/app.example/`,
    `https://${blank}app.example/`,
    `https://app${blank}.example/`,
    `https://app.example${blank}.evil.example/`,
    `/${blank}/evil.example`,
  ]),
  // slashes and backslashes that browsers accept
  'https:app.example',
  'https:/app.example',
  'https:///app.example',
  'https:////app.example',
  'https:\\app.example',
  'https:\\\\app.example',
  'https:/\\app.example',
  'https://\\app.example',
  'https://app.example\\.evil.example',
  'https://app.example\\done',
  'https://app.example/\\evil.example',
  // look-alikes
  ...[
    'аpp.example',
    'app.exаmple',
    'app.example\u0301',
    'app。evil.example',
    'ａpp.exampleｅ',
    'ápp.example',
  ].map((host) => `https://${host}/`),
  'https://app.example\u2044evil.example/',
  'https://app.example\uff0fevil.example/',
  'https://evil.example\uff03app.example/',
  'https://app.example\uff20evil.example/',
  'https://app.example%00.evil.example/',
  'https://app.example%09.evil.example/',
  'https://app.example%0d%0aLocation:https://evil.example/',
  'null',
  'undefined',
];

describe('return URLs', () => {
  it(`refuses ${elsewhere.length} ways to another site, in the check and in the handler`, async () => {
    expect(new Set(elsewhere).size).toBeGreaterThanOrEqual(200);
    expect(elsewhere.filter((url) => isAllowedReturnUrl(url, origins))).toEqual([]);
    // As if the worker had accepted it: a valid token that contains it.
    const { get, token } = gateway();
    const sent: string[] = [];
    for (const url of elsewhere) {
      const response = await get(token({ returnUrl: url }));
      const linked = (await response.text()).includes('href="http');
      if (response.status !== 200 || response.headers.has('location') || linked) sent.push(url);
    }
    expect(sent).toEqual([]);
  });

  it.each([
    ['https://app.example', `https://app.example/?${told}`],
    ['https://APP.example:443/Done', `https://app.example/Done?${told}`],
    ['http://127.0.0.1:3000/', `http://127.0.0.1:3000/?${told}`],
    ['https://app.example/?', `https://app.example/?${told}`],
    ['https://app.example/a//evil.example', `https://app.example/a//evil.example?${told}`],
    ['https://app.example//evil.example', `https://app.example//evil.example?${told}`],
    ['https://app.example/#/done?x=1', `https://app.example/?${told}#/done?x=1`],
    [
      'https://app.example/?q=a%20b+c&flag&empty=&q=%2F&next=https://evil.example',
      `https://app.example/?q=a%20b+c&flag&empty=&q=%2F&next=https://evil.example&${told}`,
    ],
    [
      'https://app.example/?mooring_status=failed&a=1&mooring%5Freason=denied&mooring_status=x',
      `https://app.example/?a=1&${told}`,
    ],
  ])('adds our parameters to %s and keeps the app’s own', (url, home) => {
    expect(homeUrl(url, origins, standing)).toBe(home);
  });

  it('contains the reason, and no connection if it is unknown', () => {
    const failed = { status: 'failed', reason: 'denied', connectionId: null } as const;
    expect(homeUrl('https://app.example/', origins, failed)).toBe(
      'https://app.example/?mooring_status=failed&mooring_reason=denied',
    );
  });

  it('does not redirect to an origin that was removed from the list', () => {
    expect(homeUrl('https://app.example/', [], standing)).toBeNull();
  });
});
