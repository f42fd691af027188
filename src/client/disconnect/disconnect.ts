import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
} from '@temporalio/client';
import { disconnectAsked } from '../../domain/same-request.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import type {
  DisconnectInput,
  DisconnectResult,
  RevokeInput,
  DisconnectPlan,
  DisconnectReceipt,
  DisconnectView,
  KeptAccount,
  DisconnectPlanResult,
} from '../../domain/disconnect/disconnect.ts';
import { MooringError } from '../../domain/errors.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId, planWorkflowId } from '../../domain/ids.ts';
import {
  cancelSignal,
  disconnectViewQuery,
  keepUpdate,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import {
  accountRunOptions,
  accountBusyError,
  waitUntilReleased,
  readNewestAccountRun,
  type RequestMemo,
  requestMemo,
  requireSameRequest,
  startAccountRun,
} from '../shared/account-run.ts';
import { asMooringError, refusalError } from '../../temporal/errors.ts';
import { receiptsByOffboarding } from '../access/offboarding-receipt.ts';
import type { StartContext } from '../shared/start-context.ts';
import { acceptWithinMs, callWithin } from '../../temporal/deadline.ts';
import { defined } from '../../domain/defined.ts';

/** A refresh or a command finishes its calls in flight within this time. */
const busyWithinMs = 30_000;
const planWithinMs = 20_000;
const pollEveryMs = 100;

/** Identifies a repeat: the same policy for the same user. */
interface DisconnectMemo extends RequestMemo {
  wish?: string;
}

/** The run that disconnects an account: started, joined, or already closed. */
export interface DisconnectRun {
  workflowId: string;
  runId: string;
  /** Set if an offboarding disconnected the account; then this is the run of the offboarding. */
  receipt?: DisconnectReceipt;
}

/**
 * Starts `revokeThenDelete`, or joins the open one of this account if the policy is the same. A
 * disconnect cancels an open refresh of the same user, and waits until other runs of the account
 * close. After the account is deleted, its run or the offboarding answers each repeat, as long as
 * Temporal keeps that run.
 */
export async function startOrJoinDisconnect(
  client: Client,
  input: DisconnectInput,
  context: StartContext,
): Promise<DisconnectRun> {
  const { userId, connectedAccountId, requestId } = input;
  const workflowId = accountWorkflowId(connectedAccountId);
  const memo = {
    wish: policyKeyOf(input),
    ...requestMemo(userId, requestId, disconnectAsked(input)),
  };
  const until = Date.now() + busyWithinMs;
  try {
    for (;;) {
      const latest = await readNewestAccountRun(client, input);
      const run = latest && { workflowId, runId: latest.runId };
      const isDisconnect = latest?.type === 'revokeThenDelete';
      requireSameRequest(latest, memo);
      if (latest !== null && run !== null && latest.closeTime === undefined) {
        if (isDisconnect && isSameDisconnect(memo, latest.memo ?? {})) return run;
        if (isDisconnect || Date.now() >= until) throw accountBusyError(input);
        if (canCancelRefresh(latest, userId, context)) await cancelRefresh(client, run);
        await waitUntilReleased(client, input, run.runId, until);
      } else if (
        run !== null &&
        isDisconnect &&
        (await canAnswerRepeat(client, run, latest?.memo, memo))
      ) {
        return run;
      }
      const offboarded = await receiptsByOffboarding(client, input, context.idKey);
      if (offboarded !== null) return offboarded;
      const runId = await startAccountRun(client, 'revokeThenDelete', {
        ...accountRunOptions(input, 'reading', context),
        args: [revokeInputOf(input)],
        memo,
      });
      if (runId !== null) return { workflowId, runId };
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/** Restores an account while its undo window is open. */
export async function keepAccount(client: Client, account: OwnedAccount): Promise<KeptAccount> {
  try {
    const { workflowId, runId } = await disconnectRunOf(client, account);
    const handle = client.workflow.getHandle(workflowId, runId);
    return await callWithin(client, busyWithinMs, workflowId, () =>
      handle.executeUpdate(keepUpdate),
    );
  } catch (error) {
    throw asMooringError(error);
  }
}

/** The disconnect that `keepAccount` would undo now. */
export async function planKeep(client: Client, account: OwnedAccount): Promise<DisconnectView> {
  try {
    const { workflowId, runId } = await disconnectRunOf(client, account);
    const handle = client.workflow.getHandle(workflowId, runId);
    const view = await callWithin(client, busyWithinMs, workflowId, async () => {
      for (;;) {
        const view = await handle.query(disconnectViewQuery);
        // The run has just started: it must read the account before it can open an undo window.
        if (view.phase !== 'reading') return view;
        await sleep(pollEveryMs);
      }
    });
    if (view.phase === 'undo') return view;
    const { connectedAccountId } = account;
    const message = `account ${connectedAccountId} has no open undo window`;
    throw new MooringError('ERR_ACCOUNT_UNUSABLE', message, { connectedAccountId });
  } catch (error) {
    throw asMooringError(error);
  }
}

async function disconnectRunOf(client: Client, account: OwnedAccount): Promise<DisconnectRun> {
  const { userId, connectedAccountId } = account;
  const run = await readNewestAccountRun(client, account);
  const memo = run?.memo as DisconnectMemo | undefined;
  const isOpen = run?.type === 'revokeThenDelete' && run.closeTime === undefined;
  if (isOpen && memo?.userId === userId) return run;
  const message = `this user has no open disconnect of account ${connectedAccountId}`;
  throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId });
}

/** What a disconnect would do now, from a run that locks and writes nothing. */
export async function planDisconnectNow(
  client: Client,
  input: DisconnectInput,
  { taskQueue }: StartContext,
): Promise<DisconnectPlan> {
  const workflowId = planWorkflowId(input.connectedAccountId, randomUUID().slice(-12));
  try {
    const answer: DisconnectPlanResult = await callWithin(client, planWithinMs, workflowId, () =>
      client.workflow.execute('planDisconnect', {
        workflowId,
        taskQueue,
        args: [revokeInputOf(input)],
        // The caller does not wait longer.
        workflowExecutionTimeout: planWithinMs,
      }),
    );
    if ('plan' in answer) return answer.plan;
    throw refusalError(answer.refused);
  } catch (error) {
    throw asMooringError(error);
  }
}

function revokeInputOf(input: DisconnectInput): RevokeInput {
  const { revoke, keepRecord, requestId: _, ...rest } = input;
  const policy = {
    ...defined({ revoke, keepRecord }),
  };
  return { ...rest, reason: 'disconnect', policy };
}

/** Two calls share one disconnect only if these fields, and the user, are the same. */
function policyKeyOf({ revoke = true, keepRecord = false }: DisconnectInput): string {
  return JSON.stringify([revoke, keepRecord]);
}

function isSameDisconnect(asked: DisconnectMemo, { userId, wish }: DisconnectMemo): boolean {
  return userId === asked.userId && wish === asked.wish;
}

/**
 * A closed disconnect answers a repeat with the same request id. Once the account is deleted, it
 * answers every request of its user.
 */
async function canAnswerRepeat(
  client: Client,
  { workflowId, runId }: DisconnectRun,
  then: DisconnectMemo | undefined,
  asked: DisconnectMemo,
): Promise<boolean> {
  if (then?.userId !== asked.userId) return false;
  let answer: DisconnectResult;
  try {
    answer = (await callWithin(client, acceptWithinMs, workflowId, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    )) as DisconnectResult;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return false;
    throw error;
  }
  if (!('receipt' in answer)) return false;
  const isRepeat = asked.requestId !== undefined && then?.requestId === asked.requestId;
  return isRepeat || answer.receipt.statusAfter === null;
}

/**
 * A user's request cancels only that user's refresh. A refresh that a caller in another language
 * started may have no user id.
 */
function canCancelRefresh(
  run: WorkflowExecutionDescription,
  userId: string,
  { idKey }: StartContext,
): boolean {
  const owner = run.typedSearchAttributes.get(keys.userId) ?? null;
  return run.type === 'refreshConnection' && [null, visibleUserId(userId, idKey)].includes(owner);
}

async function cancelRefresh(client: Client, { workflowId, runId }: DisconnectRun): Promise<void> {
  await client.workflow
    .getHandle(workflowId, runId)
    .signal(cancelSignal)
    // The refresh may have closed in the meantime.
    .catch(() => null);
}
