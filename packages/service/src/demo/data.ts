// The fictitious company of `start --demo`: people, companies and products. Data only. Every name is invented; addresses
// of e-mail end in `.example` (RFC 2606), telephone numbers are of ranges reserved for fiction.

export interface DemoUser {
  readonly email: string;
  readonly name: string;
  readonly title: string;
  readonly role: 'sales_manager' | 'sales_representative' | 'marketing';
  /** Name of one of DEMO_UNITS. */
  readonly unit: string;
}

/** Business units below the root. */
export const DEMO_UNITS = ['Sales North', 'Sales South', 'Key Accounts', 'Marketing'] as const;

/** The password of all demo users; the service that has them is for trying out. */
export const DEMO_PASSWORD = 'kartoteka-demo';

/** Those who sell, and own companies, contacts and deals. */
export const DEMO_SELLERS: readonly DemoUser[] = [
  user('nora', 'Nora Lindqvist', 'Head of Sales North', 'sales_manager', 'Sales North'),
  user('ravi', 'Ravi Menon', 'Sales Representative', 'sales_representative', 'Sales North'),
  user('olga', 'Ольга Соколова', 'Sales Representative', 'sales_representative', 'Sales North'),
  user('sam', 'Sam Okafor', 'Head of Sales South', 'sales_manager', 'Sales South'),
  user('lucia', 'Lucía Ferrer', 'Sales Representative', 'sales_representative', 'Sales South'),
  user('ken', 'Ken Watari', 'Key Account Manager', 'sales_representative', 'Key Accounts'),
];

export const DEMO_MARKETER = user('mia', 'Mia Thorvald', 'Marketing Manager', 'marketing', 'Marketing');

export const DEMO_USERS: readonly DemoUser[] = [...DEMO_SELLERS, DEMO_MARKETER];

function user(login: string, name: string, title: string, role: DemoUser['role'], unit: string): DemoUser {
  return { email: `${login}@demo.example`, name, title, role, unit };
}

/** Name, industry, country (ISO 3166), city, number of employees. */
export const DEMO_COMPANIES: readonly (readonly [string, string, string, string, number])[] = [
  ['Aldermoor Instruments', 'medical', 'GB', 'Leeds', 240],
  ['Baltwind Energi', 'energy', 'DK', 'Aarhus', 1150],
  ['Brightquill Press', 'media', 'IE', 'Cork', 65],
  ['Calder & Finch', 'retail', 'GB', 'York', 820],
  ['Cedarline Homes', 'construction', 'CA', 'Halifax', 310],
  ['Corvid Analytics', 'software', 'DE', 'Leipzig', 90],
  ['Dunlin Logistics', 'transportation', 'NL', 'Breda', 2300],
  ['Esparto Foods', 'agriculture', 'ES', 'Murcia', 540],
  ['Fjordheim Telekom', 'telecommunications', 'NO', 'Bergen', 1800],
  ['Glasswing Robotics', 'manufacturing', 'JP', 'Nagoya', 430],
  ['Harrow Lane Clinics', 'medical', 'GB', 'Bath', 700],
  ['Ибис Транс', 'transportation', 'KZ', 'Almaty', 950],
  ['Juniper Mutual', 'insurance', 'US', 'Hartford', 2600],
  ['Kestrel Motors', 'automotive', 'CZ', 'Brno', 3400],
  ['Lumenfold Studios', 'entertainment', 'FR', 'Lyon', 120],
  ['Marisol Hotels', 'hospitality', 'PT', 'Faro', 1500],
  ['Northgate Academy', 'education', 'SE', 'Uppsala', 380],
  ['Orla Credit Union', 'finance', 'IE', 'Galway', 210],
  ['Piazza Digitale', 'technology', 'IT', 'Turin', 75],
  ['Quarrystone Cement', 'manufacturing', 'PL', 'Katowice', 1900],
  ['Redfern Recruiting', 'employment', 'AU', 'Perth', 45],
  ['Silberfels Immobilien', 'real_estate', 'AT', 'Graz', 130],
  ['Тихий Берег', 'wholesale', 'AM', 'Gyumri', 260],
  ['Umbra Cloudworks', 'software', 'EE', 'Tartu', 160],
  ['Veldt & Partners', 'services', 'ZA', 'Durban', 55],
];

export const DEMO_FIRST_NAMES = [
  'Amara',
  'Bruno',
  'Chloé',
  'Darius',
  'Elena',
  'Farid',
  'Greta',
  'Hugo',
  'Inès',
  'Jonas',
  'Katya',
  'Liam',
  'Mirela',
  'Nikhil',
  'Odette',
  'Pavel',
  'Rosa',
  'Stellan',
  'Thandi',
  'Yusuf',
] as const;

export const DEMO_LAST_NAMES = [
  'Abernethy',
  'Bianchi',
  'Castellan',
  'Duarte',
  'Eklund',
  'Fontaine',
  'Grabowski',
  'Haddad',
  'Ivanenko',
  'Jansson',
  'Kowalczyk',
  'Lindgren',
  'Moreau',
  'Novák',
  'Oyelaran',
  'Petrov',
  'Quigley',
  'Rasmussen',
  'Sørensen',
  'Takeda',
  'Ueda',
  'Valente',
  'Whitlock',
] as const;

export const DEMO_JOB_TITLES = [
  'Chief Executive',
  'Head of Purchasing',
  'IT Manager',
  'Operations Director',
  'Finance Director',
  'Office Manager',
] as const;

/** What is sold: name and list price in US dollars. */
export const DEMO_PRODUCTS: readonly (readonly [string, number])[] = [
  ['Starter licences', 4800],
  ['Team licences', 18_500],
  ['Enterprise licences', 96_000],
  ['Data migration', 12_250],
  ['Training week', 7400],
  ['Support, one year', 23_900],
];

/** Companies that leads come from; none of them is a company of the table above. */
export const DEMO_PROSPECTS = [
  'Applegarth Dairy',
  'Bluepine Optics',
  'Cascadia Ferries',
  'Drumlin Estates',
  'Everline Textiles',
  'Flintlock Security',
  'Gannet Air Cargo',
  'Holloway Dental',
  'Ironbark Timber',
  'Jadepeak Tours',
  'Kingfisher Labs',
  'Лесной Двор',
] as const;

/** A campaign: name, kind, status, first and last day from today, budget and cost in US dollars, audience. */
export const DEMO_CAMPAIGNS: readonly (readonly [
  string,
  string,
  string,
  number,
  number,
  number,
  number | null,
  string,
])[] = [
  [
    'Autumn trade fair',
    'exhibition',
    'completed',
    -80,
    -76,
    18_000,
    17_250,
    'Purchasing and operations managers of industry',
  ],
  [
    'Webinars: moving without downtime',
    'webinar',
    'active',
    -25,
    20,
    6000,
    2400,
    'IT managers of companies with 50 to 500 people',
  ],
  ['Letter to customers', 'email', 'active', -40, 50, 3000, 1100, 'Everybody who has bought in the last two years'],
  ['Spring offer', 'advertising', 'planned', 70, 100, 12_000, null, 'Small companies without a system of their own'],
];

/** What leads ask for. */
export const DEMO_INTERESTS = [
  'Licences for a team of ten',
  'Price list and a short demonstration',
  'Migration from spreadsheets',
  'Training for new colleagues',
  'Replacement of an old system next year',
] as const;

/** What is to do about a deal: kind and subject. */
export const DEMO_TASKS: readonly (readonly [string, string])[] = [
  ['call', 'Ask about the decision'],
  ['task', 'Send the revised offer'],
  ['meeting', 'Demonstration for the team'],
  ['task', 'Prepare the contract'],
  ['call', 'Agree on the next step'],
  ['note', 'Budget year ends in March'],
];

/** What happened: kind, direction (null for a comment), text. */
export const DEMO_HAPPENINGS: readonly (readonly [string, string | null, string])[] = [
  ['call', 'outgoing', 'Talked about the number of users and the start date'],
  ['message', 'incoming', 'Could you send us the offer again, with training included?'],
  ['comment', null, 'They compare us with one competitor; price is not the first thing'],
  ['message', 'outgoing', 'Here is the offer as discussed. It is valid for thirty days.'],
  ['call', 'incoming', 'Asked whether the data can be moved over a weekend'],
];
