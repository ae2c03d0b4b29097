// A package from its file: not a package, the plan, the installation, and its uninstallation.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPackage } from '../../service/src/metadata-files/package-files.ts';
import { admin, describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/examples/training/v1', import.meta.url));

describeWeb('packages', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(async () => {
    await web?.stop();
  });

  it('are installed from a file by their plan, and uninstalled', async () => {
    const page = await web.open({ path: '/admin/packages' });
    await page.getByText('No packages').waitFor();
    const file = (text: string) => ({ name: 'p.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    const input = page.locator('input[type=file]').first();
    await input.setInputFiles(file('{}'));
    await page.getByText('This file is no package').waitFor();
    await input.setInputFiles(file(JSON.stringify(await readPackage(FOLDER))));
    await page.getByRole('region', { name: 'Verdict' }).getByText('Nothing is lost.').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByText(/Revision \d+ is published/).waitFor({ timeout: 60_000 });
    expect((await web.call(admin, 'GET', 'metadata/packages')).value[0]).toMatchObject({
      name: 'training',
      installed: true,
    });

    await page.goto('/admin/packages/training');
    await page.getByRole('button', { name: 'Uninstall' }).click();
    await page.getByRole('region', { name: 'Verdict' }).waitFor({ timeout: 60_000 });
    await expectAccessible(page);
    const consents = page.getByRole('group', { name: 'I have read what is lost' }).getByRole('checkbox');
    for (const consent of await consents.all()) await consent.check();
    await page.getByRole('button', { name: 'Uninstall', exact: true }).click();
    await page.getByText(/Revision \d+ is published/).waitFor({ timeout: 60_000 });
    expect((await web.call(admin, 'GET', 'metadata/packages')).value[0]).toMatchObject({ installed: false });
    web.expectNoPageErrors();
  });
});
