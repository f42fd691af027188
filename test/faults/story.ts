import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthScheme,
  type ConnectAnswer,
  type ConnectUserInput,
  type MooringClient,
  MooringError,
} from '../../src/index.ts';
import type { FaultRule } from '../../sandbox/control.ts';
import { connectionId } from '../../src/domain/ids.ts';
import type { TestStage, TestUser } from '../support/stage.ts';
import type { Cell, Method } from './cells.ts';

const returnUrl = 'http://app.localhost:4321/done';
export const alias = 'work';

const authConfigs: Partial<Record<Method, string>> = {
  credentials: 'ac_apikey',
  'custom OAuth': 'ac_custom_zendesk',
};

/** A person takes longer than the first look. */
const consentAfterMs = 1_500;
const lateByMs = 1_000;

/** What happened in one cell, as far as its actors know. */
export interface Told {
  user: TestUser;
  connectionId: string;
  /** The account that existed before: the replaced one, or the one of `existing`. */
  before: string | null;
  /** What the backend's call returned. */
  answer: ConnectAnswer | MooringError;
  /** Sends the same request again. */
  repeat: () => Promise<ConnectAnswer | MooringError>;
  /** What its repeats returned. */
  repeats: (ConnectAnswer | MooringError)[];
  /** Where the browser came back, including the callback token. */
  callback: URL | null;
}

/** Connects one user. `rule` is the fault; null: none. */
export async function tell(
  stage: TestStage,
  mooring: MooringClient,
  {
    method,
    callback: when,
    again,
  }: Pick<Cell['call'], 'method'> & Pick<Cell, 'callback' | 'again'>,
  rule: Omit<FaultRule, 'userId'> | null,
): Promise<Told> {
  const user = stage.user(authConfigs[method]);
  const { id: userId, authConfigId } = user;
  const before = await seed(stage, user, method);
  if (rule !== null) await stage.sandbox.fault({ ...rule, userId });

  const input = { ...inputOf(user, method, before), timings: timingsOf(when) };
  const id = connectionId({ userId, authConfigId, alias: input.alias ?? null });
  const connection = mooring.connections.get(id);
  const hint = () => connection.deliverCallback({ status: 'success' });
  const repeat = () => ask(mooring, { userId, authConfigId, ...input });
  const asking = repeat();
  if (when === 'early') await untilHeard(asking, hint);
  const answer = await asking;
  const repeats = again ? [await repeat()] : [];
  const told = { user, connectionId: id, before, answer, repeat, repeats, callback: null };
  if (answer instanceof MooringError) return told;

  if (when !== 'late') await sleep(consentAfterMs);
  const callback = await consent(stage, user, answer);
  if (when === 'late') {
    await sleep(lateByMs);
    await (callback === null ? hint() : user.comeBack(callback));
  }
  return { ...told, callback };
}

async function seed(stage: TestStage, user: TestUser, method: Method): Promise<string | null> {
  const { id: userId, authConfigId } = user;
  if (method !== 'replaces' && method !== 'existing') return null;
  const row = { userId, authConfigId };
  const { id } = await stage.sandbox.seedAccount(
    method === 'replaces' ? { ...row, person: 'ada' } : { ...row, status: 'INITIATED' },
  );
  return id;
}

function inputOf(
  { id }: TestUser,
  method: Method,
  before: string | null,
): Omit<ConnectUserInput, 'userId' | 'authConfigId'> {
  switch (method) {
    case 'link':
      return { returnUrl };
    case 'credentials':
      return { method: { initiate: AuthScheme.APIKey({ generic_api_key: `key-of-${id}` }) } };
    case 'custom OAuth':
      return { returnUrl, method: { initiate: AuthScheme.OAuth2({ subdomain: 'acme' }) } };
    case 'alias':
      return { returnUrl, alias };
    case 'replaces':
      return { returnUrl, replaces: before ?? '' };
    case 'existing':
      return { method: { existing: { connectedAccountId: before ?? '' } } };
  }
}

/** With a late callback there are no looks before it, so that the callback wakes the attempt. */
function timingsOf(callback: Cell['callback']): NonNullable<ConnectUserInput['timings']> {
  const lookFirstMs = callback === 'late' ? 60_000 : 1_000;
  const everySecond = { lookFactor: 1, lookMaxMs: lookFirstMs, looks: 100 };
  const quick = { slackMs: 1_000, spacingMs: 1_000, goneSpacingMs: 1_000 };
  return { lookFirstMs, ...everySecond, ...quick };
}

const away: readonly string[] = ['ERR_API_UNAVAILABLE', 'ERR_NO_WORKER'];

/** As a backend should: while the API or the workers are down, it repeats its call, which joins. */
async function ask(
  mooring: MooringClient,
  input: ConnectUserInput,
): Promise<ConnectAnswer | MooringError> {
  for (;;) {
    try {
      return await mooring.connectUser({ ...input, requestId: 'one' });
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      if (!away.includes(error.code)) return error;
    }
  }
}

/** Sends hints as soon as a run can take them, which is before the API answers. */
async function untilHeard(asking: Promise<unknown>, hint: () => Promise<boolean>): Promise<void> {
  const asked = { answered: false };
  void asking.finally(() => (asked.answered = true)).catch(() => undefined);
  while (!(await hint()) && !asked.answered) await sleep(50);
}

/** Makes the account ACTIVE, unless credentials have. Returns where the browser is sent then. */
async function consent(
  stage: TestStage,
  user: TestUser,
  { redirectUrl, status, connectedAccountId }: ConnectAnswer,
): Promise<URL | null> {
  if (redirectUrl !== null) return user.person.approve(redirectUrl);
  if (status !== 'ACTIVE') await stage.sandbox.setStatus(connectedAccountId, 'ACTIVE');
  return null;
}
