// The page of an invitation: what the mail said, and buttons to reply. Plain HTML without scripts; all that comes from records is escaped.
import type { InvitationView, Reply } from '@kartoteka/crm';
import { escaped, STYLE } from './form-page.ts';

const TEXTS = {
  en: {
    title: 'Invitation',
    accepted: 'Accept',
    tentative: 'Maybe',
    declined: 'Decline',
    replied: { accepted: 'You have accepted.', tentative: 'You have answered: maybe.', declined: 'You have declined.' },
    outdated: 'The meeting has changed since this mail. Please use the link of the latest one.',
    cancelled: 'The meeting has been cancelled, or you are not invited any more.',
    over: 'The meeting is over.',
  },
  ru: {
    title: 'Приглашение',
    accepted: 'Принять',
    tentative: 'Возможно',
    declined: 'Отклонить',
    replied: {
      accepted: 'Вы приняли приглашение.',
      tentative: 'Вы ответили: возможно.',
      declined: 'Вы отклонили приглашение.',
    },
    outdated: 'Встреча изменилась после этого письма. Воспользуйтесь ссылкой из последнего.',
    cancelled: 'Встреча отменена, или вы больше не приглашены.',
    over: 'Встреча уже прошла.',
  },
} as const;

const BUTTONS = ['accepted', 'tentative', 'declined'] as const satisfies readonly Reply[];

/** `nonce`: of the styles that the page's policy allows. */
export function invitationPage(view: InvitationView, nonce: string): string {
  const { language, state, subject, when, reply } = view;
  const words = TEXTS[language];
  const told = subject === null ? '' : `<h1>${escaped(subject)}</h1><p>${escaped(when ?? '')}</p>`;
  const replied = Object.hasOwn(words.replied, reply) ? words.replied[reply as Reply] : '';
  const answer = state === 'open' ? replied : words[state];
  const buttons = BUTTONS.map((value) => `<button name="reply" value="${value}">${words[value]}</button>`).join(' ');
  const form = state === 'open' ? `<form method="post">${buttons}</form>` : '';
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${words.title}</title><style nonce="${nonce}">${STYLE}</style></head><body>${told}<p role="status">${answer}</p>${form}</body></html>`;
}
