// Units, teams and users of the matrix, and records placed where a depth does or does not reach them. Everything is made over
// HTTP by the administrator, many at a time.
import type { EntityType, Model } from '@kartoteka/metadata';
import { type Grade, gradesOf, matrixDocuments, OWNS, othersOf, roleOf } from './documents.ts';
import { entityNamed, freshWord, lookupsOf, lookupValue, optional, type Payload, valuesOf } from './generator.ts';
import { type HttpAnswer, type HttpCrm, startHttpCrm } from './http.ts';
import type { Owners } from './places.ts';

export interface World {
  readonly http: HttpCrm;
  readonly model: Model;
  readonly entities: readonly EntityType[];
  readonly admin: string;
  readonly owners: Owners;
  /** Somebody who may own records of every entity, in the sibling unit; and a unit beside the others. */
  readonly heir: Readonly<Record<'user' | 'unit', string>>;
  /** Somebody to share a record of the entity with, whom its actors may read whatever they hold on the entity. */
  receiver(entity: EntityType): string;
  /** A team of every actor. */
  readonly myTeam: string;
  /** The user who holds exactly the roles of the grade. */
  actor(grade: Grade): string;
  /** Makes records as the administrator, one per payload; what is missing in it is generated. */
  make(entity: EntityType, payloads: readonly Payload[]): Promise<readonly string[]>;
  /** Payloads that an administrator would be let create records by, not sent. */
  complete(entity: EntityType, payloads: readonly Payload[]): Promise<readonly Payload[]>;
  /** As the administrator; throws when refused. */
  asAdmin(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const { documents, entities: names } = await matrixDocuments();
  const http = await startHttpCrm(documents);
  const model = http.crm.platform.model();
  const admin = http.crm.admin.id;
  const maker = new Maker(http, model, admin);
  const entities = names.map((name) => entityNamed(model, name));
  const make = (name: string, payloads: readonly Payload[]) => maker.make(entityNamed(model, name), payloads);
  const unit = async (parent: string): Promise<string> =>
    String((await make('business_unit', [{ name: freshWord(), parent_id: parent }]))[0]);
  const root = http.crm.rootUnitId;
  const [own, sibling, other] = [await unit(root), await unit(root), await unit(root)];
  const below = await unit(own);
  const [myTeam = '', farTeam = '', heirs = ''] = await make('team', [own, sibling, sibling].map(inUnit));
  const [colleague = '', lower = '', stranger = '', heir = ''] = await make(
    'user',
    [own, below, sibling, sibling].map(inUnit),
  );
  const grades = entities.flatMap(gradesOf);
  const actors = await make(
    'user',
    grades.map(() => inUnit(own)),
  );
  const byRole = new Map(grades.map((grade, index) => [roleOf(grade), actors[index] ?? '']));
  // The teams may own records, which is a right to read: whoever may read none is member of none.
  const members = grades.flatMap((grade, index) => (readsNothing(grade) ? [] : [actors[index]]));
  await make(
    'team_member',
    members.flatMap((user) => [myTeam, farTeam].map((team) => ({ user_id: user, team_id: team }))),
  );
  const ofTeams = grades.filter(({ holding }) => holding === 'team');
  const teams = await make(
    'team',
    ofTeams.map(() => inUnit(sibling)),
  );
  const teamOf = new Map(ofTeams.map((grade, index) => [grade, teams[index]]));
  await make(
    'team_member',
    ofTeams.map((grade) => ({ user_id: byRole.get(roleOf(grade)), team_id: teamOf.get(grade) })),
  );
  await make('role_assignment', [
    ...[myTeam, farTeam].map((team) => ({ team_id: team, user_id: null, role: OWNS })),
    ...grades.flatMap((grade, index) => {
      const team = teamOf.get(grade);
      const user = { user_id: actors[index], team_id: null };
      return [
        { ...user, role: othersOf(grade.entity) },
        { ...(team === undefined ? user : { user_id: null, team_id: team }), role: roleOf(grade) },
      ];
    }),
    ...[colleague, lower, stranger, heir].map((user) => ({ user_id: user, team_id: null, role: OWNS })),
  ]);
  return {
    http,
    model,
    entities,
    admin,
    myTeam,
    heir: { user: heir, unit: other },
    receiver: ({ name }) => (name === 'user' ? heirs : heir),
    owners: {
      user: {
        my_team: myTeam,
        my_far_team: farTeam,
        my_unit: colleague,
        unit_below: lower,
        sibling_unit: stranger,
        shared: stranger,
        parent_shared: stranger,
      },
      unit: { my_unit: own, unit_below: below, sibling_unit: sibling, shared: sibling },
    },
    actor: (grade) => byRole.get(roleOf(grade)) ?? '',
    make: (entity, payloads) => maker.make(entity, payloads),
    complete: (entity, payloads) => maker.complete(entity, payloads),
    asAdmin: (method, path, body) => maker.send(method, path, body),
    stop: () => http.stop(),
  };
}

const inUnit = (unit: string): Payload => ({ owning_business_unit_id: unit });

/** Makes records of any entity. */
class Maker {
  readonly #http: HttpCrm;
  readonly #model: Model;
  readonly #admin: string;
  /** Properties that an entity's rules ask for beside the required ones, once that was found out. */
  readonly #more = new Map<string, Promise<readonly string[]>>();

  constructor(http: HttpCrm, model: Model, admin: string) {
    this.#http = http;
    this.#model = model;
    this.#admin = admin;
  }

  async send(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const answer = await this.#http.send(this.#admin, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  }

  async make(entity: EntityType, payloads: readonly Payload[]): Promise<readonly string[]> {
    if (payloads.length === 0) return [];
    const records = await this.complete(entity, payloads);
    const { json } = await this.send('POST', `/${entity.set}/bulk`, { mode: 'create', records });
    return json.results.map(({ status, id, error }: { status: number; id: string; error: unknown }, index: number) => {
      if (status === 201) return id;
      throw new Error(`${entity.name} ${JSON.stringify(records[index])}: ${JSON.stringify(error)}`);
    });
  }

  /** The payloads with everything that a record of the entity needs; what they refer to is made. */
  async complete(entity: EntityType, payloads: readonly Payload[]): Promise<readonly Payload[]> {
    const known = this.#more.get(entity.name) ?? this.#tryOut(entity);
    this.#more.set(entity.name, known);
    return this.#filled(entity, payloads, await known);
  }

  async #filled(
    entity: EntityType,
    payloads: readonly Payload[],
    more: readonly string[],
  ): Promise<readonly Payload[]> {
    const records = payloads.map((payload): Payload => ({ ...valuesOf(entity, more), ...payload }));
    const lookups = lookupsOf(entity).filter(({ field, id }) => field.required || more.includes(id));
    for (const lookup of lookups) {
      const without = records.filter((record) => record[lookup.id] === undefined);
      const target = entityNamed(this.#model, lookup.targets[0] ?? '');
      const ids = await this.make(
        target,
        without.map(() => ({})),
      );
      for (const [index, record] of without.entries())
        Object.assign(record, lookupValue(lookup, target.name, ids[index] ?? null));
    }
    return records;
  }

  /** A record with what is required, then with each of the other properties and lookups beside: the first that is accepted. */
  async #tryOut(entity: EntityType): Promise<readonly string[]> {
    const others = lookupsOf(entity).flatMap(({ field, id }) => (field.required ? [] : [id]));
    let refusal = '';
    for (const more of [[], ...[...optional(entity), ...others].map((name) => [name])]) {
      const [record] = await this.#filled(entity, [{}], more);
      const { status, text } = await this.#http.send(this.#admin, 'POST', `/${entity.set}`, record);
      if (status === 201) return more;
      refusal ||= text;
    }
    throw new Error(`no payload of ${entity.name} is accepted: ${refusal}`);
  }
}

/** Whether the holder of the grade sees no record of its entity, whoever owns it. */
export const readsNothing = ({ privilege, depth }: Grade): boolean => privilege === 'read' && depth === 'none';
