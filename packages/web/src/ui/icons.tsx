// Icons of entities: the Model names one of this set; an entity without one, or with an unknown one, gets the first letter of its label.

import type { ClientEntity } from '@kartoteka/metadata';
import {
  IconActivity,
  IconAddressBook,
  IconBell,
  IconBox,
  IconBriefcase,
  IconBuilding,
  IconBuildingStore,
  IconCalendar,
  IconCar,
  IconChecklist,
  IconClipboard,
  IconCoin,
  IconFile,
  IconFileInvoice,
  IconFlag,
  IconFolder,
  IconForms,
  IconHeartHandshake,
  IconHome,
  IconId,
  IconInbox,
  IconLifebuoy,
  IconLink,
  IconList,
  IconMail,
  IconMapPin,
  IconMessage,
  IconPackage,
  IconPhone,
  IconReceipt,
  IconRocket,
  IconSchool,
  IconShield,
  IconSpeakerphone,
  IconStar,
  IconTag,
  IconTarget,
  IconTicket,
  IconTool,
  IconTruck,
  IconUser,
  IconUsers,
  IconWebhook,
  type TablerIcon,
} from '@tabler/icons-react';
import { useText } from '../data/model.tsx';
import classes from './icons.module.css';

const ICONS: Readonly<Record<string, TablerIcon>> = {
  ...{ activity: IconActivity, 'address-book': IconAddressBook, box: IconBox, briefcase: IconBriefcase },
  ...{ building: IconBuilding, store: IconBuildingStore, calendar: IconCalendar, car: IconCar },
  ...{ checklist: IconChecklist, clipboard: IconClipboard, coin: IconCoin, file: IconFile },
  ...{ invoice: IconFileInvoice, flag: IconFlag, folder: IconFolder, handshake: IconHeartHandshake },
  ...{ home: IconHome, id: IconId, lifebuoy: IconLifebuoy, link: IconLink, mail: IconMail, place: IconMapPin },
  ...{ message: IconMessage, package: IconPackage, phone: IconPhone, receipt: IconReceipt, rocket: IconRocket },
  ...{ school: IconSchool, shield: IconShield, megaphone: IconSpeakerphone, star: IconStar, tag: IconTag },
  ...{ target: IconTarget, ticket: IconTicket, tool: IconTool, truck: IconTruck, user: IconUser, users: IconUsers },
  ...{ bell: IconBell, form: IconForms, inbox: IconInbox, list: IconList, webhook: IconWebhook },
};

export function EntityIcon({ entity, size = 18 }: { readonly entity: ClientEntity; readonly size?: number }) {
  const text = useText();
  const Icon = entity.icon === undefined || !Object.hasOwn(ICONS, entity.icon) ? undefined : ICONS[entity.icon];
  if (Icon !== undefined) return <Icon size={size} stroke={1.7} aria-hidden />;
  const letter = [...text(entity.plural_label)][0]?.toUpperCase() ?? '·';
  return (
    <span className={classes.letter} style={{ width: size, height: size, fontSize: size * 0.6 }} aria-hidden>
      {letter}
    </span>
  );
}
