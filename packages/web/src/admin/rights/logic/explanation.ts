// An answer of explain_access as people read it: a chain from the person to the record for every grant, what is missing, what would be enough,
// and whom to ask. It judges nothing: what it says is what the service answered. Pure; texts come from the translations.
import { PRIVILEGES, type Privilege } from '@kartoteka/metadata';

/** Somebody or something by name; without one where whoever asks may not see it. */
export interface Reference {
  readonly kind: string;
  readonly id?: string;
  readonly name?: string | null;
}
interface RoleName {
  readonly name: string;
  readonly label: string;
}
interface Condition {
  readonly text: string;
  readonly holds?: boolean;
  readonly failing?: readonly string[];
}
export interface Cover {
  readonly by: 'owner' | 'business_unit' | 'business_unit_or_below' | 'organization' | 'share';
  readonly owner?: Reference;
  readonly business_unit?: Reference;
  readonly with?: Reference;
  readonly of?: { readonly entity: string; readonly id?: string };
  readonly through?: string;
}
export interface Grant {
  readonly role: RoleName;
  readonly held_by: Reference;
  readonly depth: string;
  readonly business_unit?: Reference;
  readonly condition?: Condition;
  readonly allows?: boolean;
  readonly covers?: readonly Cover[];
}
export interface Smallest {
  readonly change: 'role' | 'condition' | 'assignment' | 'share';
  readonly role?: RoleName;
  readonly to?: Reference;
  readonly with?: Reference;
  readonly depth?: string;
  readonly from?: string | null;
  readonly condition?: Condition;
  readonly with_share?: readonly string[];
}
export interface PrivilegeAnswer {
  readonly granted: boolean;
  readonly applicable?: boolean;
  readonly code?: string;
  readonly grants: readonly Grant[];
  readonly blocked_by?: readonly string[];
  readonly smallest_grants?: readonly Smallest[];
}
export interface Explanation {
  readonly entity: string;
  readonly id?: string;
  readonly principal: Reference & { readonly active: boolean };
  readonly privileges: Readonly<Record<string, PrivilegeAnswer>>;
  readonly secured_fields: readonly {
    readonly field: string;
    readonly read: { readonly granted: boolean };
    readonly create: { readonly granted: boolean };
    readonly update: { readonly granted: boolean };
  }[];
}

/** Translates a key of `rights.explain` with its values. */
export type Translate = (key: string, values?: Readonly<Record<string, unknown>>) => string;

export interface Link {
  readonly kind: 'principal' | 'team' | 'role' | 'depth' | 'cover' | 'condition';
  readonly text: string;
  /** False: the chain breaks here. */
  readonly holds: boolean;
}
export interface Chain {
  readonly allows: boolean;
  readonly links: readonly Link[];
}
export interface Told {
  readonly privilege: Privilege;
  readonly verdict: 'granted' | 'blocked' | 'denied' | 'not_applicable';
  readonly headline: string;
  readonly chains: readonly Chain[];
  /** Alternatives, each enough by itself. */
  readonly enough: readonly string[];
  /** Who can bring it about. */
  readonly ask: readonly string[];
}

/** Every privilege in its order; `entityLabel`: in the language of the page. */
export function tellExplanation(
  t: Translate,
  answer: Explanation,
  entityLabel: (entity: string) => string,
): readonly Told[] {
  return PRIVILEGES.flatMap((privilege) => {
    const found = answer.privileges[privilege];
    return found === undefined ? [] : [tellPrivilege(t, answer, privilege, found, entityLabel)];
  });
}

function verdictOf({ granted, applicable, blocked_by }: PrivilegeAnswer): Told['verdict'] {
  if (applicable === false) return 'not_applicable';
  if (!granted) return 'denied';
  return (blocked_by ?? []).length > 0 ? 'blocked' : 'granted';
}

function tellPrivilege(
  t: Translate,
  answer: Explanation,
  privilege: Privilege,
  found: PrivilegeAnswer,
  entityLabel: (entity: string) => string,
): Told {
  const verdict = verdictOf(found);
  const smallest = found.smallest_grants ?? [];
  const values = {
    who: nameOf(t, answer.principal),
    privilege: t(`privilege.${privilege}`),
    blocked: (found.blocked_by ?? []).map((each) => t(`privilege.${each}`)).join(', '),
  };
  return {
    privilege,
    verdict,
    headline: t(`headline.${headlineOf(answer, verdict, found)}`, values),
    chains: found.grants.map((grant) => chainOf(t, answer, grant, entityLabel)),
    enough: smallest.map((each) => enoughOf(t, privilege, each)),
    ask: [
      ...new Set(smallest.map(({ change, with_share }) => t(`ask.${with_share === undefined ? change : 'share'}`))),
    ],
  };
}

function headlineOf(answer: Explanation, verdict: Told['verdict'], { grants }: PrivilegeAnswer): string {
  if (verdict !== 'denied') return answer.id === undefined && verdict === 'granted' ? 'granted_somewhere' : verdict;
  if (!answer.principal.active) return 'inactive';
  if (grants.length === 0) return 'no_role';
  return grants.some(({ covers = [] }) => covers.length > 0) ? 'condition' : 'out_of_reach';
}

/** Hidden people, teams and units are told by their kind. */
export function nameOf(t: Translate, { kind, name }: Reference): string {
  return name === undefined || name === null || name === '' ? t(`somebody.${kind}`) : name;
}

function chainOf(
  t: Translate,
  { id, principal }: Explanation,
  grant: Grant,
  entityLabel: (entity: string) => string,
): Chain {
  const { held_by, role, covers, condition } = grant;
  const isDirect = held_by.id !== undefined && held_by.id === principal.id;
  const links: Link[] = [{ kind: 'principal', text: nameOf(t, principal), holds: true }];
  if (!isDirect) links.push({ kind: 'team', text: t('link.team', { team: nameOf(t, held_by) }), holds: true });
  links.push({ kind: 'role', text: t('link.role', { role: role.label }), holds: true });
  links.push({ kind: 'depth', text: depthText(t, grant), holds: id === undefined || (covers ?? []).length > 0 });
  if (id !== undefined) {
    const how = (covers ?? []).map((cover) => coverText(t, cover, entityLabel));
    const text = how.length === 0 ? t('link.not_covered') : how.join('; ');
    links.push({ kind: 'cover', text, holds: how.length > 0 });
  }
  if (condition !== undefined) links.push(conditionLink(t, condition));
  return { allows: grant.allows ?? true, links };
}

function depthText(t: Translate, { depth, business_unit }: Grant): string {
  const text = t(`reach.${depth}`);
  return business_unit === undefined ? text : t('link.of_unit', { reach: text, unit: nameOf(t, business_unit) });
}

function conditionLink(t: Translate, { text, holds, failing = [] }: Condition): Link {
  if (holds !== false) return { kind: 'condition', text: t('link.condition', { condition: text }), holds: true };
  const part = failing.length === 0 ? text : failing.join(', ');
  return { kind: 'condition', text: t('link.condition_fails', { condition: part }), holds: false };
}

function coverText(t: Translate, cover: Cover, entityLabel: (entity: string) => string): string {
  const about = cover.owner ?? cover.business_unit ?? cover.with;
  const values = { name: about === undefined ? '' : nameOf(t, about) };
  if (cover.of === undefined) return t(`cover.${cover.by}`, values);
  return t('cover.share_above', { ...values, entity: entityLabel(cover.of.entity), through: cover.through ?? '' });
}

function enoughOf(t: Translate, privilege: Privilege, smallest: Smallest): string {
  const { change, role, to, depth, from, condition } = smallest;
  const about = to ?? smallest.with;
  const text = t(`enough.${change}`, {
    role: role?.label ?? '',
    name: about === undefined ? '' : nameOf(t, about),
    privilege: t(`privilege.${privilege}`),
    reach: t(`reach.${depth ?? 'none'}`),
    from: t(`reach.${from ?? 'none'}`),
    condition: condition?.text ?? '',
  });
  const also = [
    ...(smallest.with_share === undefined ? [] : [t('enough.with_share')]),
    ...(change === 'role' && condition?.holds === false
      ? [t('enough.with_condition', { condition: condition.text })]
      : []),
  ];
  return [text, ...also].join(' ');
}
