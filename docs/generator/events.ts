import { z } from 'zod';
import { type EventType, eventTypes } from '../../src/domain/events/events.ts';
import { eventSchema } from '../../src/domain/events/schemas.ts';
import { code, generatedPage, table } from './markdown.ts';
import { typeText } from './type-text.ts';

/** When Mooring sends each. The compiler refuses an event type without a text. */
const texts: Record<EventType, string> = {
  'connect.active': 'an attempt ended ACTIVE',
  'connect.failed': 'an attempt ended FAILED',
  'connect.expired': 'an attempt ended EXPIRED',
  'connect.canceled': 'an attempt ended CANCELED',
  'connection.reauth_required':
    'only the user can repair the account; sent once for each time the grant dies, and again after 30 days',
  'connection.healed': 'the account is ACTIVE again after that',
  'connection.disabled': 'a caller disabled the account',
  'connection.enabled': 'a caller enabled the account',
  'connection.revoked': 'with `keepRecord`: the account exists, REVOKED',
  'connection.deleted': 'the account is deleted, with any proof except `unproven`',
  'connection.end_unproven':
    '`unproven`; or with `keepRecord`, if the account could not be REVOKED and was disabled',
  'sweep.finished': 'a sweep reached its end, or was canceled',
  'sweep.halted': 'a sweep halted itself',
  'subscription.lapse_started': 'the grace began; nothing is disabled yet',
  'subscription.paused': 'all accounts of the user are disabled',
  'subscription.resumed': 'the user renewed; says what was restored and what was not',
  'user.offboarded': 'all accounts of the user are disconnected',
  'safety.held': 'too many users at once, or it is not known whether the user has paid',
};

export function eventsPage(): string {
  const shapes = new Map<string, EventType[]>();
  for (const option of eventSchema.options) {
    const { type, data } = option.shape;
    const fields = fieldTable(data);
    shapes.set(fields, [...(shapes.get(fields) ?? []), type.value]);
  }
  const rows = eventTypes.map((type) => [code(type), texts[type], connectionOf(type)]);
  const sections = [...shapes].map(([fields, types]) => {
    return [`### ${types.map(code).join(', ')}`, fields].join('\n\n');
  });
  return generatedPage(
    'Events',
    'Each event has `id`, `type`, `occurredAt`, `connectionId`, `connectedAccountId` and `data`. [Events](../use/events.md) says how to receive them, and [the contract](../../contract/event.schema.json) has the JSON Schema. Types are never renamed.',
    table(['type', 'when', '`connectionId`'], rows),
    '## The data of each',
    ...sections,
  );
}

function connectionOf(type: EventType): string {
  const option = eventSchema.options.find(({ shape }) => shape.type.value === type);
  return option?.shape.connectionId instanceof z.ZodNull ? 'null' : 'set';
}

function fieldTable(data: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(data);
  const rows = Object.entries(properties).map(([name, schema]) => {
    const field = required.includes(name) ? code(name) : `${code(name)}, if any`;
    return [field, typeof schema === 'boolean' ? '' : typeText(schema)];
  });
  return table(['field', 'type'], rows);
}
