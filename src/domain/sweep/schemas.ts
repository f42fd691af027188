import { z } from 'zod';
import { accountFilterSchema, parseInput } from '../schemas.ts';
import { type SweepInput, sweepModes } from './sweep.ts';

const yearMs = 365 * 86_400_000;

/** The name is part of workflow ids and command lines. */
export const sweepNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is not 1 to 40 of a-z, 0-9 and -');

const size = (most: number) => z.number().int().min(1).max(most).optional();

const sizesSchema = z.strictObject({
  pages: size(500),
  rows: size(2_000),
  batch: size(500),
  pageRows: size(100),
  listings: size(1_000),
});

/** The input fields that a schedule file also has. */
export const sweepFields = {
  name: sweepNameSchema,
  mode: z.enum(sweepModes).optional(),
  filter: accountFilterSchema.optional(),
  harmLimit: z.number().int().min(1).max(100).optional(),
};

/** By toolkit. As for all durations, the least is a second. */
export function refreshAfterOf<T extends z.ZodType<number>>(duration: T) {
  const bounded = duration.refine((ms) => ms >= 1_000 && ms <= yearMs, 'is not from 1s to 365d');
  return z
    .record(z.string().regex(/^[a-z0-9_-]+$/, 'is not a lower-case toolkit slug'), bounded)
    .refine((toolkits) => Object.keys(toolkits).length > 0, 'is empty')
    .optional();
}

/** Checks the rules between the fields. */
export function checkSweep(
  { mode = 'heal', filter, refreshAfter, harmLimit }: Omit<SweepInput, 'name' | 'sizes'>,
  context: z.RefinementCtx,
): void {
  const refuseField = (path: string[], message: string) => {
    context.addIssue({ code: 'custom', path, message });
  };
  if (mode !== 'probe' && filter?.statuses !== undefined) {
    refuseField(['filter', 'statuses'], `cannot be set in mode ${mode}, only in mode probe`);
  }
  if (mode === 'proactive' && refreshAfter === undefined) {
    refuseField(
      ['refreshAfter'],
      'is needed for mode proactive: set the toolkits, and the age of an account to refresh',
    );
  }
  if (mode !== 'proactive' && refreshAfter !== undefined) {
    refuseField(['refreshAfter'], 'is only for mode proactive');
  }
  if (mode !== 'proactive' && harmLimit !== undefined) {
    refuseField(
      ['harmLimit'],
      'is only for mode proactive: the other modes change no ACTIVE account',
    );
  }
}

export const sweepInputSchema = z
  .strictObject({
    ...sweepFields,
    refreshAfter: refreshAfterOf(z.number().int()),
    sizes: sizesSchema.optional(),
  })
  .superRefine((input, context) => checkSweep(input as SweepInput, context));

/** Throws ERR_INVALID_INPUT with the name of the invalid field, before a run starts. */
export function parseSweepInput(input: unknown): SweepInput {
  return parseInput(sweepInputSchema, input) as SweepInput;
}
