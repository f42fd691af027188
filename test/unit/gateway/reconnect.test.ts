import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, MooringError } from '../../../src/domain/errors.ts';
import { mintToken } from '../../../src/crypto/url-tokens.ts';
import { alreadyConnected, gateway, linkless, redirectUrl, returnUrl } from './support.ts';

afterEach(() => {
  vi.useRealTimers();
});

const heading = async (response: Response) => /<h1>(.*)<\/h1>/.exec(await response.text())?.[1];

describe('GET /reconnect/:token', () => {
  it('shows a page with one button, and calls nothing', async () => {
    const { app, reconnectToken, getAttempt, connectUser } = gateway();
    const response = await app.request(`/reconnect/${reconnectToken({ returnUrl })}`);
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page.match(/<form method="post" action="">/g)).toHaveLength(1);
    expect(page.match(/<button>Continue<\/button>/g)).toHaveLength(1);
    expect(getAttempt).not.toHaveBeenCalled();
    expect(connectUser).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, "'self' https: http:"],
    ['http://127.0.0.1:8088', "'self' https: http:"],
    ['https://connect.example', "'self' https:"],
  ])('at %s lets its form redirect to %s, and no other page has a form', async (url, to) => {
    const { app, get, token, reconnectToken } = gateway(
      url === undefined ? {} : { publicUrl: url },
    );
    const policy = (response: Response) => response.headers.get('content-security-policy');
    const withButton = policy(await app.request(`/reconnect/${reconnectToken()}`));
    expect(withButton).toMatch(`; form-action ${to}; frame-ancestors 'none'`);
    expect(withButton).toContain("default-src 'none'; style-src 'sha256-");
    expect(policy(await get(token()))).toMatch("; form-action 'none'; frame-ancestors 'none'");
  });

  it('answers 405 to every method but GET and POST, also to HEAD', async () => {
    const { app, reconnectToken, connectUser } = gateway();
    const path = `/reconnect/${reconnectToken()}`;
    for (const method of ['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const response = await app.request(path, { method });
      expect([method, response.status]).toEqual([method, 405]);
      expect(response.headers.get('allow')).toBe('GET, POST');
    }
    expect(connectUser).not.toHaveBeenCalled();
  });
});

describe('POST /reconnect/:token', () => {
  it('starts or joins the attempt that replaces the dead account, and redirects to its link', async () => {
    const { post, reconnectToken, connectUser } = gateway();
    const token = reconnectToken({ returnUrl, confirm: true });
    for (let click = 1; click <= 2; click++) {
      const response = await post(`/reconnect/${token}`);
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toBe(redirectUrl);
    }
    const input = {
      userId: 'ada',
      authConfigId: 'ac_gmail',
      alias: 'work',
      replaces: 'ca_1',
      onExisting: 'reuse',
      returnUrl,
      confirm: 'required',
    };
    expect(connectUser.mock.calls).toEqual([[input], [input]]);
  });

  it('sends no alias and no return URL if there is none', async () => {
    const { post, reconnectToken, connectUser } = gateway();
    await post(`/reconnect/${reconnectToken({ connectionId: 'a%2Cb/ac_1' })}`);
    expect(connectUser.mock.calls).toEqual([
      [
        {
          userId: 'a,b',
          authConfigId: 'ac_1',
          replaces: 'ca_1',
          onExisting: 'reuse',
          confirm: 'none',
        },
      ],
    ]);
  });

  it('shows that the account is connected already, with a link to the app', async () => {
    const { post, reconnectToken, connectUser } = gateway();
    const path = `/reconnect/${reconnectToken({ returnUrl })}`;
    connectUser.mockResolvedValueOnce(linkless);
    const reused = await post(path);
    expect(reused.status).toBe(200);
    const page = await reused.text();
    expect(page).toContain('You are connected already');
    const home = 'mooring_status=active&amp;mooring_connection=ada%2Fac_gmail%2Fwork';
    expect(page).toContain(`href="https://app.example/done?tab=2&amp;${home}"`);
    connectUser.mockRejectedValueOnce(alreadyConnected('ca_9 is ACTIVE'));
    const refused = await post(path);
    expect([refused.status, await refused.text()]).toEqual([200, page]);
  });

  it.each<ErrorCode>([
    'ERR_CONNECT_IN_PROGRESS',
    'ERR_ACCOUNT_BUSY',
    'ERR_NO_WORKER',
    'ERR_API_UNAVAILABLE',
    'ERR_TEMPORAL_UNAVAILABLE',
  ])('asks to try again in a minute on %s, with the button', async (code) => {
    const { post, reconnectToken, connectUser, logged } = gateway();
    connectUser.mockRejectedValue(new MooringError(code, 'what operators read'));
    const response = await post(`/reconnect/${reconnectToken({ returnUrl })}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('60');
    const page = await response.text();
    expect(page).toContain('try again in a minute');
    expect(page).toContain('<button>Try again</button>');
    expect(page).not.toContain('mooring_status');
    expect(logged.join()).toContain('what operators read');
  });

  it.each<ErrorCode>(['ERR_ACCOUNT_NOT_FOUND', 'ERR_USER_BLOCKED', 'ERR_INVALID_INPUT'])(
    'returns the uniform page on %s',
    async (code) => {
      const { app, post, reconnectToken, connectUser } = gateway();
      connectUser.mockRejectedValue(new MooringError(code, 'not for strangers'));
      const response = await post(`/reconnect/${reconnectToken({ returnUrl })}`);
      const uniform = await app.request('/nowhere');
      expect([response.status, await response.text()]).toEqual([404, await uniform.text()]);
      expect([...response.headers]).toEqual([...uniform.headers]);
    },
  );

  it('asks to try again if there is no link in 20 seconds; the attempt continues', async () => {
    vi.useFakeTimers();
    const { post, reconnectToken, connectUser } = gateway();
    connectUser.mockReturnValue(new Promise(() => {}));
    const waiting = post(`/reconnect/${reconnectToken()}`);
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await waiting).status).toBe(503);
  });

  it('answers 500 with the button and reveals nothing if Mooring fails', async () => {
    const { post, reconnectToken, connectUser, logged } = gateway();
    connectUser.mockRejectedValue(new Error('a bug'));
    const response = await post(`/reconnect/${reconnectToken()}`);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('<button>Try again</button>');
    expect(logged.join()).toContain('a bug');
  });

  it('answers tampered, expired and foreign tokens with the uniform page, and calls nothing', async () => {
    const { app, post, token, reconnectToken, connectUser, dependencies } = gateway();
    const valid = reconnectToken();
    const odd = { connectionId: 'no-connection', replaces: 'ca_1', returnUrl: null, confirm: true };
    const claims = { purpose: 'reconnect' as const, ...odd, expiresAt: Date.now() + 60_000 };
    const bad = [
      reconnectToken({ expiresAt: Date.now() - 1 }),
      `${valid.slice(0, 9)}${valid[9] === 'A' ? 'B' : 'A'}${valid.slice(10)}`,
      valid.slice(0, -1),
      gateway().reconnectToken(),
      token(), // a callback token
    ];
    const uniform = await (await app.request('/nowhere')).text();
    for (const each of bad) {
      for (const response of [
        await post(`/reconnect/${each}`),
        await app.request(`/reconnect/${each}`),
      ]) {
        expect([response.status, await response.text()]).toEqual([404, uniform]);
      }
    }
    const ours = mintToken(dependencies.tokenKeys, claims);
    expect((await post(`/reconnect/${ours}`)).status).toBe(404);
    expect((await app.request(`/callback/${valid}`)).status).toBe(404);
    expect(connectUser).not.toHaveBeenCalled();
  });

  it('connects five times a minute for each token, even with a hundred clicks', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { post, reconnectToken, connectUser } = gateway();
    const life = { expiresAt: Date.now() + 600_000 };
    const [clicked, another] = [reconnectToken(life), reconnectToken(life)];
    const statuses = new Set<number>();
    for (let click = 0; click < 100; click++) {
      statuses.add((await post(`/reconnect/${clicked}`)).status);
    }
    expect([...statuses]).toEqual([303, 503]);
    expect(connectUser).toHaveBeenCalledTimes(5);
    expect((await post(`/reconnect/${another}`)).status).toBe(303);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await post(`/reconnect/${clicked}`)).status).toBe(303);
  });

  it('refuses a body above one kilobyte', async () => {
    const { app, reconnectToken, connectUser } = gateway();
    const path = `/reconnect/${reconnectToken()}`;
    const small = await app.request(path, { method: 'POST', body: 'x'.repeat(1_024) });
    expect(small.status).toBe(303);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    });
    for (const body of ['x'.repeat(2_000), stream]) {
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
      const response = await app.request(path, init);
      expect([response.status, await heading(response)]).toEqual([413, 'This link does not work']);
    }
    expect(connectUser).toHaveBeenCalledTimes(1);
  });

  it('logs the route, but no token and no link', async () => {
    const { post, reconnectToken, logged } = gateway();
    const token = reconnectToken({ returnUrl });
    await post(`/reconnect/${token}?planted=1`);
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([
      { method: 'POST', route: '/reconnect/:token', status: 303 },
    ]);
    for (const secret of [token, 'planted', 'lk_1', 'ada']) {
      expect(logged.join()).not.toContain(secret);
    }
  });
});
