import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { contractFiles } from '../../../src/contract/files.ts';
import type {
  accessAnswerSchema,
  accessResultSchema,
  accessViewSchema,
  authCompletionSchema,
  callbackHintSchema,
  commandAnswerSchema,
  confirmationSchema,
  connectAnswerSchema,
  connectViewSchema,
  disconnectResultSchema,
  disconnectViewSchema,
  reconnectAnswerSchema,
  refreshAnswerSchema,
  refreshResultSchema,
  refreshViewSchema,
  sweepViewSchema,
} from '../../../src/contract/answers.ts';
import type { outcomeSchema, sweepReportSchema } from '../../../src/domain/events/schemas.ts';
import type { CommandAnswer } from '../../../src/domain/change/account-command.ts';
import type { AccessAnswer, AccessResult, AccessView } from '../../../src/domain/access/access.ts';
import type {
  DisconnectResult,
  DisconnectView,
} from '../../../src/domain/disconnect/disconnect.ts';
import type {
  AuthCompletion,
  CallbackHint,
  Confirmation,
  ConnectAnswer,
  ConnectView,
  ConnectOutcome,
} from '../../../src/domain/connect/connect.ts';
import type { ReconnectAnswer } from '../../../src/domain/connect/reconnect-link.ts';
import type {
  RefreshAnswer,
  RefreshResult,
  RefreshView,
} from '../../../src/domain/refresh/refresh.ts';
import type { SweepReport, SweepView } from '../../../src/domain/sweep/sweep.ts';
import * as served from '../../../src/workflows/index.ts';

const folder = new URL('../../../contract/', import.meta.url);
const files = contractFiles();

interface Names {
  workflows: Record<string, object>;
  internal: Record<string, string>;
}

describe('the contract', () => {
  it.each(Object.entries(files))(
    'in %s matches the code; otherwise run `npm run contract`',
    (name, content) => {
      const committed: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
      expect(committed).toEqual(JSON.parse(JSON.stringify(content)));
    },
  );

  it('has no file that the code does not generate', () => {
    const committed = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(committed.sort()).toEqual(Object.keys(files).sort());
  });

  it('names every workflow: the ones that others may start, and the internal ones with a reason', () => {
    const { workflows, internal } = files['names.json'] as Names;
    const named = [...Object.keys(workflows), ...Object.keys(internal)];
    expect(named.sort()).toEqual(Object.keys(served).sort());
    for (const reason of Object.values(internal)) expect(reason).toMatch(/starts it/);
  });

  it('has a file for every input and answer that it names, and names every file', () => {
    const named = new Set(JSON.stringify(files['names.json']).match(/[\w-]+\.schema\.json/g));
    const made = Object.keys(files).filter((name) => name !== 'names.json');
    expect([...named].sort()).toEqual(made.sort());
    const { workflows } = files['names.json'] as Names;
    for (const one of Object.values(workflows)) {
      expect(one).toMatchObject({ id: expect.any(String), input: expect.any(String) });
    }
  });

  it('has answers with the types of the domain, which the compiler checks here', () => {
    expectTypeOf<z.output<typeof outcomeSchema>>().toEqualTypeOf<ConnectOutcome>();
    expectTypeOf<z.output<typeof connectAnswerSchema>>().toEqualTypeOf<ConnectAnswer>();
    expectTypeOf<z.output<typeof refreshAnswerSchema>>().toEqualTypeOf<RefreshAnswer>();
    // Checked in both directions: for the compiler, an `Omit` and its result are two types.
    expectTypeOf<z.output<typeof refreshResultSchema>>().toExtend<RefreshResult | ConnectOutcome>();
    expectTypeOf<RefreshResult | ConnectOutcome>().toExtend<z.output<typeof refreshResultSchema>>();
    expectTypeOf<z.output<typeof refreshViewSchema>>().toEqualTypeOf<RefreshView>();
    expectTypeOf<z.output<typeof reconnectAnswerSchema>>().toEqualTypeOf<ReconnectAnswer>();
    expectTypeOf<z.output<typeof sweepReportSchema>>().toEqualTypeOf<SweepReport>();
    expectTypeOf<z.output<typeof sweepViewSchema>>().toEqualTypeOf<SweepView>();
    expectTypeOf<z.output<typeof connectViewSchema>>().toEqualTypeOf<ConnectView>();
    expectTypeOf<z.output<typeof callbackHintSchema>>().toEqualTypeOf<CallbackHint>();
    expectTypeOf<z.output<typeof confirmationSchema>>().toEqualTypeOf<Confirmation>();
    expectTypeOf<z.output<typeof commandAnswerSchema>>().toEqualTypeOf<CommandAnswer>();
    expectTypeOf<z.output<typeof disconnectResultSchema>>().toEqualTypeOf<DisconnectResult>();
    // Checked in both directions, for the same reason.
    expectTypeOf<z.output<typeof accessAnswerSchema>>().toExtend<AccessAnswer>();
    expectTypeOf<AccessAnswer>().toExtend<z.output<typeof accessAnswerSchema>>();
    // partial() of zod allows undefined, and our type does not: checked in one direction.
    expectTypeOf<AccessResult>().toExtend<z.output<typeof accessResultSchema>>();
    expectTypeOf<AccessView>().toExtend<z.output<typeof accessViewSchema>>();
    expectTypeOf<z.output<typeof disconnectViewSchema>>().toEqualTypeOf<DisconnectView>();
    expectTypeOf<z.output<typeof authCompletionSchema>>().toEqualTypeOf<AuthCompletion>();
  });
});
