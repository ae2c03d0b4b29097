// What users say of themselves: how they are spoken to, and when they are away. Records of users are the administrators' otherwise.
import { isLanguageTag } from '@kartoteka/metadata';
import {
  type Arguments,
  errorDetail,
  is,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
  type Shape,
} from '@kartoteka/platform';
import { isTimeZone } from '../activities/time-zone.ts';

const OPTIONAL = { optional: true } as const;
const EMPTIED = { optional: true, nullable: true } as const;

const SETTINGS = {
  language: is('Edm.String', 'Language of answers and mails, a tag of BCP 47; null: the organization’s', EMPTIED),
  time_zone: is('Edm.String', 'Time zone, a name of the IANA database; null: the organization’s', EMPTIED),
  phone: is('Edm.String', 'Phone', EMPTIED),
  notify_by_email: is('Edm.Boolean', 'Whether what comes into the inbox is sent by e-mail as well', OPTIONAL),
  absent_from: is('Edm.Date', 'First day of an absence: assignment rules pass the user over', EMPTIED),
  absent_until: is('Edm.Date', 'Last day of the absence; null: it goes on', EMPTIED),
};
const NAMES = Object.keys(SETTINGS);

export const ownSettingsShapes: Readonly<Record<string, Shape>> = {
  own_settings: {
    context: true,
    description: 'What a user says of himself',
    members: Object.fromEntries(
      NAMES.map((name) => [name, { ...SETTINGS[name as keyof typeof SETTINGS], nullable: true }]),
    ),
  },
};

export const changeMySettingsOperation: OperationDefinition = {
  name: 'change_my_settings',
  kind: 'action',
  binding: 'service',
  parameters: SETTINGS,
  returns: { shape: 'own_settings' },
  summary: 'Change the own settings',
  description:
    'Changes what is given of the own record of a user, whatever else he may write, and answers all of it. Who acts as another changes only what both may.',
  available: () => true,
  run: async ({ engine, system, principal }: OperationContext, given) => {
    check(given);
    const rights = principal.callerId === undefined ? system : engine;
    await rights.update('users', principal.id, given);
    const user = await system.get(`/users(${principal.id})?$select=${NAMES.join(',')}`);
    return Object.fromEntries(NAMES.map((name) => [name, user[name]]));
  },
};

/** The fields of users are plain texts, which imports may fill with anything. What somebody says here of himself shall count. */
function check({ language, time_zone, ...others }: Arguments): void {
  const wrong = (name: string, reason: string) => errorDetail('invalid_value', { name, reason }, name);
  const details = [];
  if (typeof language === 'string' && !isLanguageTag(language))
    details.push(wrong('language', 'it is no tag of BCP 47'));
  if (typeof time_zone === 'string' && !isTimeZone(time_zone)) {
    details.push(wrong('time_zone', 'there is no such time zone'));
  }
  if (language === undefined && time_zone === undefined && Object.keys(others).length === 0) {
    details.push(wrong(NAMES.join(', '), 'one of them is needed'));
  }
  if (details.length > 0) throw new PlatformError('invalid_arguments', { name: 'change_my_settings' }, { details });
}
