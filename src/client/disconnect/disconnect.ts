import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
} from '@temporalio/client';
import { endAsked } from '../../domain/disconnect/asked.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import type {
  DisconnectInput,
  EndAnswer,
  EndInput,
  EndPlan,
  EndReceipt,
  EndView,
  KeptAccount,
  PlanAnswer,
} from '../../domain/disconnect/disconnect.ts';
import { MooringError } from '../../domain/errors.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId, planWorkflowId } from '../../domain/ids.ts';
import {
  cancelSignal,
  endViewQuery,
  keepUpdate,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import {
  accountRunOptions,
  busy,
  closedBy,
  newestOnAccount,
  type RequestMemo,
  requestMemo,
  requireSameRequest,
  startOnAccount,
} from '../shared/account-run.ts';
import { asMooringError, refusalError } from '../../temporal/errors.ts';
import { endedByOffboarding } from '../access/offboarding-receipt.ts';
import type { StartContext } from '../shared/start-context.ts';
import { acceptWithinMs, within } from '../../temporal/deadline.ts';

/** What a refresh has in flight is over by then, and so is a command. */
const busyWithinMs = 30_000;
const planWithinMs = 20_000;
const lookEveryMs = 100;

/** By this a repeat is known: the same end for the same caller. */
interface EndMemo extends RequestMemo {
  wish?: string;
}

/** The run that ends an account: started, joined, or long over. */
export interface DisconnectRun {
  workflowId: string;
  runId: string;
  /** Of an account that its user's offboarding has ended, whose run this is. */
  receipt?: EndReceipt;
}

/**
 * Starts `revokeThenDelete`, or joins the open one of this account with the same wishes. An end is stronger than
 * its user's refresh, which is cancelled and waited for; a command is waited for. Once an account was deleted, its run
 * answers every repeat for as long as Temporal remembers it, and so does that of the offboarding which has ended it.
 */
export async function startOrJoinEnd(
  client: Client,
  input: DisconnectInput,
  place: StartContext,
): Promise<DisconnectRun> {
  const { userId, connectedAccountId, requestId } = input;
  const workflowId = accountWorkflowId(connectedAccountId);
  const memo = { wish: wishOf(input), ...requestMemo(userId, requestId, endAsked(input)) };
  const until = Date.now() + busyWithinMs;
  try {
    for (;;) {
      const latest = await newestOnAccount(client, input);
      const run = latest && { workflowId, runId: latest.runId };
      const isEnd = latest?.type === 'revokeThenDelete';
      requireSameRequest(latest, memo);
      if (latest !== null && run !== null && latest.closeTime === undefined) {
        if (isEnd && isSame(memo, latest.memo ?? {})) return run;
        if (isEnd || Date.now() >= until) throw busy(input);
        if (mayGiveUp(latest, userId, place)) await cancel(client, run);
        await closedBy(client, input, run.runId, until);
      } else if (run !== null && isEnd && (await answersAgain(client, run, latest?.memo, memo))) {
        return run;
      }
      const offboarded = await endedByOffboarding(client, input, place.idKey);
      if (offboarded !== null) return offboarded;
      const runId = await startOnAccount(client, 'revokeThenDelete', {
        ...accountRunOptions(input, 'reading', place),
        args: [endInputOf(input)],
        memo,
      });
      if (runId !== null) return { workflowId, runId };
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/** Gives an account back while its undo window lasts. */
export async function keepAccount(client: Client, account: OwnedAccount): Promise<KeptAccount> {
  try {
    const { workflowId, runId } = await endOf(client, account);
    const handle = client.workflow.getHandle(workflowId, runId);
    return await within(client, busyWithinMs, workflowId, () => handle.executeUpdate(keepUpdate));
  } catch (error) {
    throw asMooringError(error);
  }
}

/** The end that `keepAccount` would undo now. */
export async function planKeep(client: Client, account: OwnedAccount): Promise<EndView> {
  try {
    const { workflowId, runId } = await endOf(client, account);
    const handle = client.workflow.getHandle(workflowId, runId);
    const view = await within(client, busyWithinMs, workflowId, async () => {
      for (;;) {
        const view = await handle.query(endViewQuery);
        // It has only just been asked for: what it will be is not known before the account is read.
        if (view.phase !== 'reading') return view;
        await sleep(lookEveryMs);
      }
    });
    if (view.phase === 'undo') return view;
    const { connectedAccountId } = account;
    const message = `${connectedAccountId} has no undo window that is open`;
    throw new MooringError('ERR_ACCOUNT_UNUSABLE', message, { connectedAccountId });
  } catch (error) {
    throw asMooringError(error);
  }
}

async function endOf(client: Client, account: OwnedAccount): Promise<DisconnectRun> {
  const { userId, connectedAccountId } = account;
  const run = await newestOnAccount(client, account);
  const memo = run?.memo as EndMemo | undefined;
  const isOpen = run?.type === 'revokeThenDelete' && run.closeTime === undefined;
  if (isOpen && memo?.userId === userId) return run;
  const message = `${connectedAccountId} of this user is not about to be ended`;
  throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId });
}

/** What a disconnect would do now: by a run that locks nothing and writes nothing. */
export async function planEnd(
  client: Client,
  input: DisconnectInput,
  { taskQueue }: StartContext,
): Promise<EndPlan> {
  const workflowId = planWorkflowId(input.connectedAccountId, randomUUID().slice(-12));
  try {
    const answer: PlanAnswer = await within(client, planWithinMs, workflowId, () =>
      client.workflow.execute('planDisconnect', {
        workflowId,
        taskQueue,
        args: [endInputOf(input)],
        // Whoever asked has gone by then.
        workflowExecutionTimeout: planWithinMs,
      }),
    );
    if ('plan' in answer) return answer.plan;
    throw refusalError(answer.refused);
  } catch (error) {
    throw asMooringError(error);
  }
}

function endInputOf(input: DisconnectInput): EndInput {
  const { revoke, keepRecord, requestId: _, ...rest } = input;
  const policy = {
    ...(revoke !== undefined && { revoke }),
    ...(keepRecord !== undefined && { keepRecord }),
  };
  return { ...rest, reason: 'disconnect', policy };
}

/** What two calls must agree on to share one end, and first of all whose account it is. */
function wishOf({ revoke = true, keepRecord = false }: DisconnectInput): string {
  return JSON.stringify([revoke, keepRecord]);
}

function isSame(asked: EndMemo, { userId, wish }: EndMemo): boolean {
  return userId === asked.userId && wish === asked.wish;
}

/** A closed end answers whoever asks the same again; and once its account is deleted, whatever its owner asks. */
async function answersAgain(
  client: Client,
  { workflowId, runId }: DisconnectRun,
  then: EndMemo | undefined,
  asked: EndMemo,
): Promise<boolean> {
  if (then?.userId !== asked.userId) return false;
  let answer: EndAnswer;
  try {
    answer = (await within(client, acceptWithinMs, workflowId, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    )) as EndAnswer;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return false;
    throw error;
  }
  if (!('receipt' in answer)) return false;
  const isRepeat = asked.requestId !== undefined && then?.requestId === asked.requestId;
  return isRepeat || answer.receipt.statusAfter === null;
}

/** A refresh is for nobody else to give up than its user. Only a caller of another language may not have said whose it is. */
function mayGiveUp(
  run: WorkflowExecutionDescription,
  userId: string,
  { idKey }: StartContext,
): boolean {
  const owner = run.typedSearchAttributes.get(keys.userId) ?? null;
  return run.type === 'refreshConnection' && [null, visibleUserId(userId, idKey)].includes(owner);
}

async function cancel(client: Client, { workflowId, runId }: DisconnectRun): Promise<void> {
  await client.workflow
    .getHandle(workflowId, runId)
    .signal(cancelSignal)
    // It has ended by itself.
    .catch(() => null);
}
