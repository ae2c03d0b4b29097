// Mail, invitations and calendars, as an extension of the platform. Without an SMTP server nothing is ever added to be sent.
import type { Extension } from '@kartoteka/platform';
import { feedOperations, feedShapes } from '../calendar/feed-operations.ts';
import { invitationHooks } from '../invitations/hooks.ts';
import { inviteOperation, inviteShapes } from '../invitations/invite.ts';
import { replyOperation, replyShapes } from '../invitations/reply-operation.ts';
import { syncJobs } from '../invitations/sync.ts';
import { messageOperations, messageShapes } from '../messages/send-message.ts';
import { notificationMailHook } from './notification-mail.ts';
import { senderOf, sendJob } from './send.ts';
import { mailTransport } from './transport.ts';
import { MAIL_DEFAULTS, type MailOptions } from './types.ts';

export { parseMailAddress } from './address.ts';
export { smtpProblem } from './transport.ts';
export type { MailOptions } from './types.ts';

export function mailExtension(given: Partial<MailOptions> = {}): Extension {
  const options = { ...MAIL_DEFAULTS, ...given };
  const isSetUp = options.smtpUrl !== null;
  const operations = [
    inviteOperation(isSetUp),
    replyOperation,
    ...feedOperations(options.publicUrl),
    ...messageOperations({ isSetUp, publicUrl: options.publicUrl }),
  ];
  const shapes = { ...inviteShapes, ...replyShapes, ...feedShapes, ...messageShapes };
  const described = { name: 'mail', operations, shapes };
  if (!isSetUp) return described;
  const transport = mailTransport(options);
  const { publicUrl } = options;
  return {
    ...described,
    hooks: [notificationMailHook(options), ...invitationHooks],
    jobs: [sendJob(options, transport), ...syncJobs({ from: senderOf(options), publicUrl })],
    close: () => transport.close(),
  };
}
