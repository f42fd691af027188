import { redirects } from '../auth-configs.ts';
import { askedFields, label, type Values } from '../fields.ts';
import { escapeHtml, page } from '../html.ts';
import type { Link } from '../links.ts';

/** Fields that are visible while a person types. */
const open = new Set(['username', 'client_id', 'application_id', 'installation_id', 'subdomain']);

/** The hosted page with the fields of the scheme and the toolkit, prefilled from `values`. */
export function linkPage({ token, account }: Link, values: Values, complaint = ''): string {
  const { authConfig } = account;
  const action = `/link/${escapeHtml(token)}`;
  const toolkit = escapeHtml(authConfig.name);
  const fields = askedFields(authConfig, values);
  const told = redirects(authConfig)
    ? `You will sign in to ${toolkit} and be asked for your consent.`
    : `Connect your ${toolkit} account.`;
  return page(
    `Connect ${authConfig.name}`,
    `<p>${told}</p>
${complaint && `<p role="alert"><strong>${escapeHtml(complaint)}</strong></p>\n`}<form${fields.length > 0 ? ' class="wide"' : ''} method="post" action="${action}/go">
${fields.map((name) => input(name, values[name])).join('')}<button class="primary">Continue</button>
</form>
<form method="post" action="${action}/cancel"><button>Cancel</button></form>`,
  );
}

function input(name: string, value: unknown): string {
  const prefilled = typeof value === 'string' ? ` value="${escapeHtml(value)}"` : '';
  const type = open.has(name) ? 'text' : 'password';
  return `<label for="${name}">${label(name)}</label>
<input id="${name}" name="${name}" type="${type}"${prefilled} autocomplete="off" required>
`;
}
