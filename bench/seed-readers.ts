// The SQL that adds the readers of the set `security` to the seeded tables: users of three more roles, and shares.
// Written behind the back of a service that may run, which is told that rights have changed.
import { COUNTS } from './dataset.ts';
import { beforeReaders, MADE_READERS, READERS_OF_A_KIND, SHARES } from './readers.ts';
import { BY, id, SYSTEM, SYSTEM_VALUES, unitOf } from './seed.ts';

const EACH = `from generate_series(1, ${READERS_OF_A_KIND}) i`;

const usersOf = (kind: keyof typeof MADE_READERS): readonly string[] => {
  const number = `i + ${beforeReaders(kind)}`;
  const user = id('user', number);
  return [
    `insert into kartoteka.principal (id, kind) select ${user}, 'user' ${EACH}`,
    `insert into data."user" (id, ${SYSTEM}, ${BY}, owning_business_unit_id, full_name, email, active, service_principal, notify_by_email)
     select ${user}, ${SYSTEM_VALUES}, ${user}, ${user}, ${unitOf(number)}, 'Reader ' || ${number},
       'reader' || ${number} || '@example.com', true, false, true ${EACH}`,
    `insert into data.role_assignment (id, ${SYSTEM}, ${BY}, role, user_id)
     select ${id('assignment', number)}, ${SYSTEM_VALUES}, ${user}, ${user}, '${MADE_READERS[kind]}', ${user} ${EACH}`,
  ];
};

/** Number of the n-th deal that is shared with the i-th reader: spread over all deals, no two of a reader the same. */
const SHARED_DEAL = `(n * ${COUNTS.deals / SHARES} + i) % ${COUNTS.deals} + 1`;
const SHARER = id('user', `i + ${beforeReaders('shares')}`);

/** Statements in order. */
export const SEED_READERS: readonly string[] = [
  ...(Object.keys(MADE_READERS) as (keyof typeof MADE_READERS)[]).flatMap(usersOf),
  // 1 is the right to read. What a reader owns is not shared with it.
  `insert into kartoteka.share (principal_id, entity, record_id, rights, granted_by_id)
   select ${SHARER}, 'deal', d.id, 1, d.owner_id ${EACH}
   cross join generate_series(1, ${SHARES}) n join data.deal d on d.id = ${id('deal', SHARED_DEAL)}
   where d.owner_id <> ${SHARER}`,
  'update kartoteka.state set security = security + 1',
];
