// What `start` says once the service listens: address, logins and a call to paste. Text only.
import { DEMO_WORDS } from './demo/story.ts';
import { DEMO_PASSWORD, type DemoUser, demoUsers } from './demo/users.ts';
import type { DemoLanguage } from './demo/words.ts';
import { DOCS_PATH } from './docs/docs-routes.ts';
import type { RunningService } from './service.ts';

type Welcomed = Pick<RunningService, 'address' | 'administrator' | 'newPassword'>;

const ROLES = {
  sales_manager: 'sales manager',
  sales_representative: 'sales representative',
  marketing: 'marketing',
} as const;

/** The text, without colours; passwords appear only where nobody else can know them, or all may. */
export function welcome(service: Welcomed, demo: DemoLanguage | null): string {
  const { newPassword } = service;
  const { email } = service.administrator;
  const users = demo === null ? [] : demoUsers(DEMO_WORDS[demo]);
  const logins = [
    { email, password: newPassword ?? '(set before)', who: 'system administrator' },
    ...users.map((user) => ({
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
    ...firstCall(service, users).map((line) => `  ${line}`),
    '',
    '  Ctrl+C stops it.',
    '',
  ].join('\n');
}

/** Shell commands that work when pasted: sign in, then read. */
function firstCall({ address, administrator, newPassword }: Welcomed, users: readonly DemoUser[]): string[] {
  const manager = users.find((user) => user.role === 'sales_manager');
  const login = manager?.email ?? administrator.email;
  const known = manager === undefined ? newPassword : DEMO_PASSWORD;
  const password = known === null ? '"$KARTOTEKA_ADMIN_PASSWORD"' : `'${known}'`;
  const query = '$select=name,stage,amount&$orderby=amount%20desc&$top=3';
  return [
    `TOKEN=$(curl -s ${address}/auth/token -d grant_type=password -d username=${login} \\`,
    `  --data-urlencode password=${password} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s -H "Authorization: Bearer $TOKEN" '${address}/api/v1/deals?${query}'`,
  ];
}
