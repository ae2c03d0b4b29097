// What `start` says once the service listens: address, logins and a call to paste. Text only.
import { DEMO_PASSWORD, DEMO_USERS } from './demo/data.ts';
import { DOCS_PATH } from './docs/docs-routes.ts';
import type { RunningService } from './service.ts';

type Welcomed = Pick<RunningService, 'address' | 'administrator' | 'newPassword'>;

const ROLES = {
  sales_manager: 'sales manager',
  sales_representative: 'sales representative',
  marketing: 'marketing',
} as const;

/** The text, without colours; passwords appear only where nobody else can know them, or all may. */
export function welcome(service: Welcomed, demo: boolean): string {
  const { newPassword } = service;
  const { email } = service.administrator;
  const logins = [
    { email, password: newPassword ?? '(set before)', who: 'system administrator' },
    ...(demo ? DEMO_USERS : []).map((user) => ({
      email: user.email,
      password: DEMO_PASSWORD,
      who: `${ROLES[user.role]}, ${user.unit}`,
    })),
  ];
  const width = (key: 'email' | 'password'): number => Math.max(...logins.map((login) => login[key].length)) + 2;
  const [first, second] = [width('email'), width('password')];
  return [
    '',
    `  Kartoteka runs at ${service.address}`,
    `  Its API is documented at ${service.address}${DOCS_PATH}`,
    '',
    ...logins.map(({ email: name, password, who }) => `  ${name.padEnd(first)}${password.padEnd(second)}${who}`),
    ...(newPassword === null ? [] : ['', "  The administrator's password is shown this once: keep it."]),
    '',
    '  A first call:',
    '',
    ...firstCall(service, demo).map((line) => `  ${line}`),
    '',
    '  Ctrl+C stops it.',
    '',
  ].join('\n');
}

/** Shell commands that work when pasted: sign in, then read. */
function firstCall({ address, administrator, newPassword }: Welcomed, demo: boolean): string[] {
  const manager = DEMO_USERS.find((user) => user.role === 'sales_manager');
  const login = demo && manager !== undefined ? manager.email : administrator.email;
  const known = demo ? DEMO_PASSWORD : newPassword;
  const password = known === null ? '"$KARTOTEKA_ADMIN_PASSWORD"' : `'${known}'`;
  const query = '$select=name,stage,amount&$orderby=amount%20desc&$top=3';
  return [
    `TOKEN=$(curl -s ${address}/auth/token -d grant_type=password -d username=${login} \\`,
    `  --data-urlencode password=${password} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s -H "Authorization: Bearer $TOKEN" '${address}/api/v1/deals?${query}'`,
  ];
}
