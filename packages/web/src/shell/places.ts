// Where one can go: the entities of the Model in their order, and the pages of the administration that one's capabilities open.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';
import {
  IconHierarchy,
  IconHistory,
  IconKey,
  IconPackages,
  IconSchema,
  IconShieldCheck,
  IconStack2,
  IconUser,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import { textIn } from '../data/text-in.ts';

export interface AdminPlace {
  /** Key of its text: `app.nav.<name>`. */
  readonly name: string;
  readonly path: string;
  readonly icon: TablerIcon;
}

const MODEL: readonly AdminPlace[] = [
  { name: 'model', path: '/admin/model', icon: IconSchema },
  { name: 'changes', path: '/admin/changes', icon: IconStack2 },
  { name: 'history', path: '/admin/history', icon: IconHistory },
  { name: 'packages', path: '/admin/packages', icon: IconPackages },
  { name: 'roles', path: '/admin/roles', icon: IconShieldCheck },
];

const PEOPLE: readonly AdminPlace[] = [
  { name: 'users', path: '/admin/users', icon: IconUser },
  { name: 'units', path: '/admin/units', icon: IconHierarchy },
  { name: 'teams', path: '/admin/teams', icon: IconUsersGroup },
  { name: 'explain', path: '/admin/explain', icon: IconKey },
];

/** Whether a capability of administrators is there; the service decides about every request by itself. */
const ADMINISTERS = ['publish_metadata', 'manage_credentials', 'audit'];

export function adminPlaces({ capabilities }: ClientModel): readonly AdminPlace[] {
  if (!ADMINISTERS.some((capability) => capabilities.includes(capability))) return [];
  return capabilities.includes('publish_metadata') ? [...MODEL, ...PEOPLE] : PEOPLE;
}

/** Entities whose records one may read: those that have a place of their own first, then those that go with others. */
export function recordPlaces(model: ClientModel, locale: string): { main: ClientEntity[]; more: ClientEntity[] } {
  const readable = Object.values(model.entities).filter(({ privileges }) => privileges.read);
  const label = (entity: ClientEntity): string => textIn(entity.plural_label, locale);
  const order = ({ order }: ClientEntity): number => order ?? Number.POSITIVE_INFINITY;
  readable.sort((a, b) => order(a) - order(b) || label(a).localeCompare(label(b), locale)); // Infinity - Infinity is NaN: by label
  const hasPlace = (entity: ClientEntity): boolean => entity.order !== undefined || entity.views.length > 0;
  return { main: readable.filter(hasPlace), more: readable.filter((entity) => !hasPlace(entity)) };
}
