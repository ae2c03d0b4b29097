// Large answers that nobody takes are bounded.
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { AnswersUnderWay } from './answers-under-way.ts';

const MIB = 1_048_576;

it('what reads is refused beyond the bound, until something has gone out', () => {
  const answers = new AnswersUnderWay(10 * MIB);
  const [first, second] = [new EventEmitter(), new EventEmitter()];
  answers.begin(6 * MIB, true, first);
  answers.begin(4 * MIB, true, second);
  expect(() => answers.begin(MIB, true, new EventEmitter())).toThrow(expect.objectContaining({ code: 'overloaded' }));
  second.emit('close');
  answers.begin(4 * MIB, true, new EventEmitter());
});

it('small answers, those to writes, and one alone are never refused', () => {
  const answers = new AnswersUnderWay(MIB);
  answers.begin(3 * MIB, true, new EventEmitter());
  answers.begin(3 * MIB, false, new EventEmitter());
  answers.begin(1_000, true, new EventEmitter());
  expect(() => answers.begin(MIB, true, new EventEmitter())).toThrow();
});
