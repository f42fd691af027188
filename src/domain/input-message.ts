import type { z } from 'zod';

const kinds: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/**
 * Says in plain words what is wrong with a field, after its name. Undefined: zod's own words, or
 * those of the schema, which are used first.
 */
export function inputMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `is not ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `is none of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.origin === 'number' ? `is less than ${issue.minimum}` : 'is too short';
    case 'too_big':
      return issue.origin === 'number' ? `is more than ${issue.maximum}` : 'is too long';
    case 'invalid_format':
      return issue.format === 'datetime' ? 'is not an ISO 8601 time' : undefined;
    case 'invalid_union':
      return Array.isArray(issue.options) ? `is none of ${issue.options.join(', ')}` : undefined;
    default:
      return undefined;
  }
}
