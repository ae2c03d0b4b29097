// Errors as they come from the service, put into the language of the page before anybody sees them: those that are thrown, and those in the
// results of requests for many records. The words themselves are loaded when the first error needs them.
import type { ClientModel } from '@kartoteka/metadata';
import { type Answer, CrmError } from '@kartoteka/sdk';
import type { Labels, Told } from './error-words/words.ts';
import { textIn } from './text-in.ts';

interface Result {
  error?: Told;
  body?: { error?: Told } | null;
}

export class ErrorLanguage {
  readonly #locale: () => string;
  #model: ClientModel | undefined;

  constructor(locale: () => string) {
    this.#locale = locale;
  }

  /** What entities and fields are called. */
  know(model: ClientModel): void {
    this.#model = model;
  }

  /** The error itself, with other words; what is none of the service's stays as it is. */
  async of(error: unknown): Promise<unknown> {
    if (!(error instanceof CrmError) || !this.#isNeeded()) return error;
    const say = await this.#words();
    const { message, hint } = say({ code: error.code, message: error.message, hint: error.hint });
    return Object.assign(error, { message, hint, details: error.details.map(say) });
  }

  /** The answer; errors in `results` (bulk) and `responses` ($batch) with other words. */
  async ofResults(answer: Answer): Promise<Answer> {
    if (!this.#isNeeded()) return answer;
    const { results, responses } = (answer.json ?? {}) as { results?: unknown; responses?: unknown };
    const failed = [results, responses]
      .flatMap((list) => (Array.isArray(list) ? (list as Result[]) : []))
      .filter(hasError);
    if (failed.length === 0) return answer;
    const say = await this.#words();
    for (const result of failed) {
      if (result.error !== undefined) result.error = say(result.error);
      if (result.body?.error !== undefined) result.body.error = say(result.body.error);
    }
    return answer;
  }

  #isNeeded(): boolean {
    return this.#locale() === 'ru';
  }

  async #words(): Promise<<T extends Told>(told: T) => T> {
    const { inRussian } = await import('./error-words/words.ts');
    const labels = this.#labels();
    return (told) => inRussian(told, labels);
  }

  #labels(): Labels {
    const entities = this.#model?.entities ?? {};
    const locale = this.#locale();
    const said = (text: string): string | undefined => (text === '' ? undefined : text);
    return {
      entity: (name) => (Object.hasOwn(entities, name) ? said(textIn(entities[name]?.label, locale)) : undefined),
      field: (name) => {
        const places = name.split('/');
        const property = places.at(-1) ?? name;
        for (const { fields } of Object.values(entities)) {
          const field = Object.values(fields).find(({ properties }) => properties.includes(property));
          if (field !== undefined) return said(textIn(field.label, locale));
        }
        return undefined;
      },
    };
  }
}

const hasError = (result: Result | null): boolean => result?.error !== undefined || result?.body?.error !== undefined;
