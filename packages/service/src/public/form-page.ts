// The page of a web form, its page of thanks, and the script that puts the form into another site. Plain HTML without scripts: whatever comes
// from a record is escaped, and the page's policy would run nothing anyway.
import type { WebForm } from '@kartoteka/crm';
import { MARKS } from '@kartoteka/crm';
import { labelText, type Model, type Property } from '@kartoteka/metadata';
import { OWN_NAMES } from './form-body.ts';

const TEXTS = {
  en: {
    send: 'Send',
    consent: 'I agree that my data are stored and processed',
    thanks: 'Thank you. We have received it.',
  },
  ru: {
    send: 'Отправить',
    consent: 'Я согласен на хранение и обработку моих данных',
    thanks: 'Спасибо! Мы получили ваше сообщение.',
  },
} as const;

/** Of public pages. */
export const STYLE = `body{font:16px/1.4 system-ui,sans-serif;margin:1rem;max-width:36rem}
label{display:block;margin:0 0 .8rem}input:not([type=checkbox]),select,textarea{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}
.trap{position:absolute;left:-10000px}button{font:inherit;padding:.5rem 1.2rem}`;

export interface PageContext {
  readonly model: Model;
  readonly form: WebForm;
  readonly token: string;
  readonly nonce: string;
  /** First language of the caller's that there is, else the first of the texts. */
  readonly language: string;
  /** Marks and page of the address, handed on with the post. */
  readonly query: Readonly<Record<string, unknown>>;
}

/** The form as a page. */
export function formPage(context: PageContext): string {
  const { form, token, query } = context;
  const words = wordsOf(context.language);
  const handed = [...MARKS, OWN_NAMES.page].flatMap((name) => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? [hidden(name, value)] : [];
  });
  const consent = `<label><input type="checkbox" name="${OWN_NAMES.consent}" required> ${words.consent}</label>`;
  // A page to go to is meant for the window, not for the frame within it.
  const target = form.redirect_url === null ? '' : ' target="_top"';
  return page(
    context,
    `<form method="post"${target}>${hidden(OWN_NAMES.token, token)}${handed.join('')}
${fieldInputs(context)}
<div class="trap" aria-hidden="true"><label>Website <input name="${OWN_NAMES.trap}" tabindex="-1" autocomplete="off"></label></div>
${form.consent_required ? consent : ''}<button>${words.send}</button></form>`,
  );
}

/** What is shown after a post, where the form does not lead elsewhere. */
export function thanksPage(context: Pick<PageContext, 'form' | 'nonce' | 'language'>): string {
  return page(context, `<p role="status">${wordsOf(context.language).thanks}</p>`);
}

function wordsOf(language: string): (typeof TEXTS)[keyof typeof TEXTS] {
  return language === 'ru' ? TEXTS.ru : TEXTS.en;
}

function page({ form, nonce, language }: Pick<PageContext, 'form' | 'nonce' | 'language'>, body: string): string {
  return `<!doctype html><html lang="${language === 'ru' ? 'ru' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(form.name)}</title><style nonce="${nonce}">${STYLE}</style></head><body>${body}</body></html>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escaped(value)}">`;
}

function fieldInputs({ model, form, language }: PageContext): string {
  const entity = model.entities.get(form.record_type);
  const fields = Object.entries(form.accepted_fields).sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0));
  return fields
    .map(([name, { required = false, label }]) => {
      const property = entity?.properties.get(name);
      const field = property?.field == null ? undefined : entity?.fields.get(property.field);
      const shown = label ?? (field === undefined ? name : labelText(field.label, language));
      const input = inputOf(model, property, { name, language, more: required ? ' required' : '' });
      return `<label>${escaped(shown)} ${input}</label>`;
    })
    .join('\n');
}

const INPUTS: Readonly<Record<string, string>> = {
  'Edm.Boolean': 'checkbox',
  'Edm.Date': 'date',
  'Edm.Int16': 'number',
  'Edm.Int32': 'number',
  'Edm.Int64': 'number',
};

/** Texts longer than this get several lines. */
const ONE_LINE = 400;

function inputOf(
  model: Model,
  property: Property | undefined,
  field: { name: string; language: string; more: string },
): string {
  const attributes = `name="${escaped(field.name)}"${field.more}`;
  if (property?.values !== undefined) return selectOf(model, property, attributes, field.language);
  if (property?.type === 'Edm.String' && (property.maxLength === undefined || property.maxLength > ONE_LINE))
    return `<textarea ${attributes} rows="4"></textarea>`;
  const length = property?.maxLength === undefined ? '' : ` maxlength="${property.maxLength}"`;
  return `<input type="${INPUTS[property?.type ?? ''] ?? 'text'}" ${attributes}${length}>`;
}

function selectOf(model: Model, property: Property, attributes: string, language: string): string {
  const labels = choiceLabels(model, property);
  const options = (property.values ?? []).map((value) => {
    const label = labels?.get(value)?.label;
    return `<option value="${escaped(value)}">${escaped(label === undefined ? value : labelText(label, language))}</option>`;
  });
  return `<select ${attributes}><option value=""></option>${options.join('')}</select>`;
}

function choiceLabels(model: Model, property: Property) {
  const owner = [...model.entities.values()].find(({ properties }) => properties.get(property.name) === property);
  const choice = owner?.fields.get(property.field ?? '')?.document.choice;
  return typeof choice === 'string' ? model.choices.get(choice)?.values : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML, also within quotation marks. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** The script for other sites: a frame with the form where the script stands, with the marks of the page around it. */
export function embedScript(address: string): string {
  return `(() => {
  const script = document.currentScript;
  const url = new URL(${JSON.stringify(address)});
  const here = new URLSearchParams(location.search);
  for (const mark of ${JSON.stringify(MARKS)}) if (here.get(mark)) url.searchParams.set(mark, here.get(mark));
  if (document.referrer && !url.searchParams.has('referrer')) url.searchParams.set('referrer', document.referrer);
  url.searchParams.set(${JSON.stringify(OWN_NAMES.page)}, location.href);
  const frame = document.createElement('iframe');
  frame.src = url.href;
  frame.title = script.dataset.title || 'Form';
  frame.style.cssText = 'border:0;width:100%;height:' + (parseInt(script.dataset.height, 10) || 640) + 'px';
  script.after(frame);
})();
`;
}
