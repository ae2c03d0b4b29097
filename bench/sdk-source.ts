// Contacts for the bench of the client: made as they are taken, so that nobody holds all of them, and the same for all who load them.

/** The n-th contact, as a create takes it. */
export function contact(n: number): Record<string, string | boolean> {
  return {
    external_id: `S-${n}`,
    first_name: `Anna ${n % 97}`,
    last_name: `Petrova ${n}`,
    email: `anna.${n}@example.com`,
    job_title: 'Buyer',
    birth_date: `19${60 + (n % 40)}-0${1 + (n % 9)}-1${n % 10}`,
    do_not_call: n % 2 === 0,
    address_city: 'Berlin',
    description: `Met at a fair, number ${n}`,
  };
}

export function* contacts(from: number, to: number): Generator<Record<string, string | boolean>, void, undefined> {
  for (let n = from; n < to; n += 1) yield contact(n);
}
