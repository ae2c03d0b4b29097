// Whether what comes into one's own inbox is sent by mail as well. Users may seldom write their own record; this of it they may.
import { is, type OperationDefinition } from '@kartoteka/platform';

export const notifyByEmailOperation: OperationDefinition = {
  ...{ name: 'notify_by_email', kind: 'action', binding: 'service', returns: null, available: () => true },
  parameters: { wanted: is('Edm.Boolean', 'Whether mail is sent') },
  summary: 'Have notifications sent by e-mail, or not',
  description:
    'Sets `notify_by_email` of the caller, and of nobody else. Mail is sent where the service has a mail server.',
  async run({ system, principal }, { wanted }) {
    await system.update('users', principal.id, { notify_by_email: wanted });
  },
};
