import { z } from 'zod';
import { accountFilterSchema } from '../account-filter-schema.ts';
import { parse } from '../schemas.ts';
import { type SweepInput, sweepModes } from './sweep.ts';

const yearMs = 365 * 86_400_000;

/** It stands in workflow ids and on command lines. */
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

/** The parts of an input that a schedule file has as well. */
export const sweepFields = {
  name: sweepNameSchema,
  mode: z.enum(sweepModes).optional(),
  filter: accountFilterSchema.optional(),
  harmLimit: z.number().int().min(1).max(100).optional(),
};

/** By toolkit. As with all durations, a second is the least. */
export function refreshAfterOf<T extends z.ZodType<number>>(duration: T) {
  const bounded = duration.refine((ms) => ms >= 1_000 && ms <= yearMs, 'is not a second to a year');
  return z
    .record(z.string().regex(/^[a-z0-9_-]+$/, 'is not a toolkit’s slug in small letters'), bounded)
    .refine((toolkits) => Object.keys(toolkits).length > 0, 'is empty')
    .optional();
}

/** What is wrong between the fields. */
export function checkSweep(
  { mode = 'heal', filter, refreshAfter, harmLimit }: Omit<SweepInput, 'name' | 'sizes'>,
  context: z.RefinementCtx,
): void {
  const refuse = (path: string[], message: string) => {
    context.addIssue({ code: 'custom', path, message });
  };
  if (mode !== 'probe' && filter?.statuses !== undefined) {
    refuse(['filter', 'statuses'], `is what mode ${mode} decides; only a probe takes it`);
  }
  if (mode === 'proactive' && refreshAfter === undefined) {
    refuse(
      ['refreshAfter'],
      'is needed for mode proactive: say for which toolkits, and after how long',
    );
  }
  if (mode !== 'proactive' && refreshAfter !== undefined) {
    refuse(['refreshAfter'], 'goes with mode proactive only');
  }
  if (mode !== 'proactive' && harmLimit !== undefined) {
    refuse(['harmLimit'], 'goes with mode proactive only: the others touch nothing that is ACTIVE');
  }
}

export const sweepInputSchema = z
  .strictObject({
    ...sweepFields,
    refreshAfter: refreshAfterOf(z.number().int()),
    sizes: sizesSchema.optional(),
  })
  .superRefine((input, context) => checkSweep(input as SweepInput, context));

/** Throws ERR_INVALID_INPUT that names the field, before anything is started. */
export function parseSweepInput(input: unknown): SweepInput {
  return parse(sweepInputSchema, input) as SweepInput;
}
