// The fictitious company of `start --demo`: people, companies and products. Data only. Every name is invented; addresses
// of e-mail end in `.example` (RFC 2606), telephone numbers are of ranges reserved for fiction.

export interface DemoUser {
  readonly email: string;
  readonly name: string;
  readonly title: string;
  readonly role: 'sales_manager' | 'sales_representative';
  /** Name of one of DEMO_UNITS. */
  readonly unit: string;
}

/** Business units below the root. */
export const DEMO_UNITS = ['Sales North', 'Sales South', 'Key Accounts'] as const;

/** The password of all demo users; the service that has them is for trying out. */
export const DEMO_PASSWORD = 'kartoteka-demo';

export const DEMO_USERS: readonly DemoUser[] = [
  user('nora', 'Nora Lindqvist', 'Head of Sales North', 'sales_manager', 'Sales North'),
  user('ravi', 'Ravi Menon', 'Sales Representative', 'sales_representative', 'Sales North'),
  user('olga', 'Ольга Соколова', 'Sales Representative', 'sales_representative', 'Sales North'),
  user('sam', 'Sam Okafor', 'Head of Sales South', 'sales_manager', 'Sales South'),
  user('lucia', 'Lucía Ferrer', 'Sales Representative', 'sales_representative', 'Sales South'),
  user('ken', 'Ken Watari', 'Key Account Manager', 'sales_representative', 'Key Accounts'),
];

function user(login: string, name: string, title: string, role: DemoUser['role'], unit: string): DemoUser {
  return { email: `${login}@demo.example`, name, title, role, unit };
}

/** Name, industry, country, city, number of employees. */
export const DEMO_COMPANIES: readonly (readonly [string, string, string, string, number])[] = [
  ['Aldermoor Instruments', 'medical', 'United Kingdom', 'Leeds', 240],
  ['Baltwind Energi', 'energy', 'Denmark', 'Aarhus', 1150],
  ['Brightquill Press', 'media', 'Ireland', 'Cork', 65],
  ['Calder & Finch', 'retail', 'United Kingdom', 'York', 820],
  ['Cedarline Homes', 'construction', 'Canada', 'Halifax', 310],
  ['Corvid Analytics', 'software', 'Germany', 'Leipzig', 90],
  ['Dunlin Logistics', 'transportation', 'Netherlands', 'Breda', 2300],
  ['Esparto Foods', 'agriculture', 'Spain', 'Murcia', 540],
  ['Fjordheim Telekom', 'telecommunications', 'Norway', 'Bergen', 1800],
  ['Glasswing Robotics', 'manufacturing', 'Japan', 'Nagoya', 430],
  ['Harrow Lane Clinics', 'medical', 'United Kingdom', 'Bath', 700],
  ['Ибис Транс', 'transportation', 'Kazakhstan', 'Almaty', 950],
  ['Juniper Mutual', 'insurance', 'United States', 'Hartford', 2600],
  ['Kestrel Motors', 'automotive', 'Czechia', 'Brno', 3400],
  ['Lumenfold Studios', 'entertainment', 'France', 'Lyon', 120],
  ['Marisol Hotels', 'hospitality', 'Portugal', 'Faro', 1500],
  ['Northgate Academy', 'education', 'Sweden', 'Uppsala', 380],
  ['Orla Credit Union', 'finance', 'Ireland', 'Galway', 210],
  ['Piazza Digitale', 'technology', 'Italy', 'Turin', 75],
  ['Quarrystone Cement', 'manufacturing', 'Poland', 'Katowice', 1900],
  ['Redfern Recruiting', 'employment', 'Australia', 'Perth', 45],
  ['Silberfels Immobilien', 'real_estate', 'Austria', 'Graz', 130],
  ['Тихий Берег', 'wholesale', 'Armenia', 'Gyumri', 260],
  ['Umbra Cloudworks', 'software', 'Estonia', 'Tartu', 160],
  ['Veldt & Partners', 'services', 'South Africa', 'Durban', 55],
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
