import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectAnswer, ConnectOutcome } from '../../src/index.ts';
import { connectWorkflowId } from '../../src/domain/hashed-ids.ts';
import { hasPython, pythonWith, untried } from '../support/python.ts';
import { openStage, type TestStage } from '../support/stage.ts';

const folder = fileURLToPath(new URL('../../examples/python/', import.meta.url));
const returnUrl = 'http://app.localhost:4321/done';

describe('examples/python/connect.py', () => (hasPython ? tried() : untried('examples/python')));

function tried(): void {
  let stage: TestStage;
  let interpreter: string;

  beforeAll(async () => {
    interpreter = await pythonWith(join(folder, 'requirements.txt'));
    stage = await openStage();
  }, 300_000);
  afterAll(async () => stage?.close());

  /** Runs the example in a process of its own and reads the lines that it prints. */
  function connect(userId: string, ...rest: string[]) {
    const child = spawn(interpreter, ['connect.py', userId, 'ac_gmail', ...rest], {
      cwd: folder,
      env: {
        TEMPORAL_ADDRESS: stage.env.TEMPORAL_ADDRESS,
        TEMPORAL_NAMESPACE: stage.env.TEMPORAL_NAMESPACE,
        MOORING_TASK_QUEUE: stage.taskQueue,
        MOORING_ENCRYPTION_KEYS: stage.env.MOORING_ENCRYPTION_KEYS,
        HOME: folder,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      async printed<T>(): Promise<T> {
        const line = await lines.next();
        if (line.done) throw new Error(`printed nothing: ${stderr}`);
        return JSON.parse(line.value) as T;
      },
      ended: async () => ({ code: await exited, stderr }),
    };
  }

  it('gets the link, encrypted like the client’s, and receives the outcome', async () => {
    const user = stage.user();
    const example = connect(user.id, returnUrl);
    const answer = await example.printed<ConnectAnswer>();
    // The client joins the attempt that Python has started.
    expect(await user.connect({ returnUrl })).toEqual(answer);
    await user.comeBack(await user.person.approve(answer.redirectUrl!));
    const { connectedAccountId } = answer;
    expect(await example.printed<ConnectOutcome>()).toMatchObject({
      status: 'ACTIVE',
      connectedAccountId,
    });
    expect((await example.ended()).code).toBe(0);
    const { connectionId, outcome } = await stage.mooring.connections
      .get(user.connectionId)
      .describe();
    expect({ connectionId, status: outcome?.status }).toEqual({
      connectionId: user.connectionId,
      status: 'ACTIVE',
    });
  });

  it('computes the same workflow id, also for users whose ids need escaping or hashing', async () => {
    for (const userId of [`ü/~ !'()*"`, 'x'.repeat(61), `${stage.taskQueue}-${'é'.repeat(30)}`]) {
      const example = connect(userId);
      const { connectionId } = await example.printed<ConnectAnswer>();
      const { workflowId } = stage.mooring.connections.get(connectionId);
      expect(workflowId).toBe(connectWorkflowId({ userId, authConfigId: 'ac_gmail', alias: null }));
      await stage.mooring.connections.get(connectionId).cancel();
      expect(await example.printed<ConnectOutcome>()).toMatchObject({ status: 'CANCELED' });
    }
  });

  it('ends with the error code and its reason when the attempt is refused', async () => {
    const { code, stderr } = await connect(stage.user().id, 'http://evil.example/').ended();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERR_INVALID_INPUT: .*returnUrl/);
  });
}
