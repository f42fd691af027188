import { expect, it } from 'vitest';
import { audit } from '../../../soak/audit/index.ts';
import { goodEvidence } from './good-evidence.ts';

it('finds nothing in a log in which every promise was kept', () => {
  expect(audit(goodEvidence())).toEqual([]);
});
