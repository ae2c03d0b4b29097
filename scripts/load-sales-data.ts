// `node scripts/load-sales-data.ts --folder FOLDER --url http://127.0.0.1:3000 --email ADMIN --password ... [--user-password ...]`
// loads the CSV files of a sales data set (accounts, sales_teams, sales_pipeline) into a running service over REST.
import { parseArgs } from 'node:util';
import { loadSalesData } from './sales-data/load.ts';
import { RestClient } from './sales-data/rest-client.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    email: { type: 'string', default: 'admin@example.com' },
    password: { type: 'string' },
    'user-password': { type: 'string', default: 'correct horse battery' },
  },
});
if (values.folder === undefined || values.password === undefined) {
  console.error(
    'Usage: node scripts/load-sales-data.ts --folder FOLDER --password ADMIN_PASSWORD [--url URL] [--email ADMIN] [--user-password PASSWORD]',
  );
  process.exit(2);
}
const client = await RestClient.signIn(values.url, values.email, values.password);
const started = performance.now();
const report = await loadSalesData(client, values.folder, values['user-password']);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `Added ${report.units} units, ${report.users} users, ${report.companies} companies, ${report.deals} deals in ${seconds} s`,
);
