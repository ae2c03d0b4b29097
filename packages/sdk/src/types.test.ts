// Programs against the client's types (type-tests/): the right ones compile, each of the wrong ones fails in the line after its comment
// `// wrong:`, with a message that holds what stands there.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../type-tests/', import.meta.url));
const TSC = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What the compiler says of all programs. */
function compiled(): Promise<readonly Finding[]> {
  return new Promise((resolve, reject) => {
    const args = ['--noEmit', '--pretty', 'false', '-p', 'tsconfig.json'];
    execFile(process.execPath, [TSC, ...args], { cwd: FOLDER, maxBuffer: 16_777_216 }, (_, stdout, stderr) => {
      if (stderr !== '') return reject(new Error(stderr));
      const findings: Finding[] = [];
      for (const text of stdout.split('\n')) {
        const [, file, line, message] = /^(\S+)\((\d+),\d+\): error (.*)$/.exec(text) ?? [];
        const last = findings.at(-1);
        if (file !== undefined) findings.push({ file, line: Number(line), message: String(message) });
        else if (last !== undefined) findings[findings.length - 1] = { ...last, message: `${last.message}\n${text}` };
      }
      resolve(findings);
    });
  });
}

test('right programs compile, and each wrong one fails where it is wrong', async () => {
  const findings = await compiled();
  expect(findings.filter(({ file }) => !file.startsWith('wrong/'))).toEqual([]);
  const wrong = (await readdir(`${FOLDER}wrong`)).sort();
  expect(wrong.length).toBeGreaterThanOrEqual(20);
  const expected = wrong.map((name) =>
    readFile(`${FOLDER}wrong/${name}`, 'utf8').then((text) => expectation(name, text)),
  );
  const missed = (await Promise.all(expected)).flatMap(({ name, line, words }) => {
    const said = findings.filter(({ file }) => file === `wrong/${name}`);
    const isRight = said.length === 1 && said[0]?.line === line && said[0].message.includes(words);
    return isRight ? [] : [{ name, line, words, said }];
  });
  expect(missed).toEqual([]);
}, 120_000);

function expectation(name: string, text: string): { name: string; line: number; words: string } {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('// wrong: '));
  return { name, line: at + 2, words: String(lines[at]).slice('// wrong: '.length) };
}
