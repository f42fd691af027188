import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import {
  type authCompletionSchema,
  type callbackHintSchema,
  type commandAnswerSchema,
  type confirmationSchema,
  type connectAnswerSchema,
  type connectViewSchema,
  contractFiles,
  type endAnswerSchema,
  type refreshAnswerSchema,
} from '../../src/contract.ts';
import type { outcomeSchema } from '../../src/domain/event-schemas.ts';
import type { CommandAnswer } from '../../src/domain/command.ts';
import type { EndAnswer } from '../../src/domain/ending.ts';
import type {
  AuthCompletion,
  CallbackHint,
  Confirmation,
  ConnectAnswer,
  ConnectView,
  Outcome,
} from '../../src/domain/connection.ts';
import type { RefreshAnswer } from '../../src/domain/refresh.ts';

const folder = new URL('../../contract/', import.meta.url);
const files = contractFiles();

describe('the contract', () => {
  it.each(Object.entries(files))(
    'in %s is what the code says: else `npm run contract`',
    (name, content) => {
      const committed: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
      expect(committed).toEqual(JSON.parse(JSON.stringify(content)));
    },
  );

  it('holds no file that the code does not make', () => {
    const committed = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(committed.sort()).toEqual(Object.keys(files).sort());
  });

  it('has answers that are the types of the domain, which the compiler checks here', () => {
    expectTypeOf<z.output<typeof outcomeSchema>>().toEqualTypeOf<Outcome>();
    expectTypeOf<z.output<typeof connectAnswerSchema>>().toEqualTypeOf<ConnectAnswer>();
    expectTypeOf<z.output<typeof refreshAnswerSchema>>().toEqualTypeOf<RefreshAnswer>();
    expectTypeOf<z.output<typeof connectViewSchema>>().toEqualTypeOf<ConnectView>();
    expectTypeOf<z.output<typeof callbackHintSchema>>().toEqualTypeOf<CallbackHint>();
    expectTypeOf<z.output<typeof confirmationSchema>>().toEqualTypeOf<Confirmation>();
    expectTypeOf<z.output<typeof commandAnswerSchema>>().toEqualTypeOf<CommandAnswer>();
    expectTypeOf<z.output<typeof endAnswerSchema>>().toEqualTypeOf<EndAnswer>();
    expectTypeOf<z.output<typeof authCompletionSchema>>().toEqualTypeOf<AuthCompletion>();
  });
});
