// Web forms for everybody, without signing in: the page, the script that embeds it, and the post. It passes on to the CRM what
// was sent; whoever is not let in learns nothing but that.
import { randomBytes } from 'node:crypto';
import { takePost, type WebForm, webForm } from '@kartoteka/crm';
import { type Platform, PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { networkOf } from '../auth/login-throttle.ts';
import { loggedPath } from '../log.ts';
import { acceptTextBodies } from '../request-body.ts';
import { bodyMembers, postOf } from './form-body.ts';
import { embedScript, formPage, thanksPage } from './form-page.ts';
import { FormTokens } from './form-token.ts';

/** Bytes of a post; more than a form's fields hold is nobody's filling in. */
const BODY_LIMIT = 131_072;
const MEDIA_TYPES = ['application/json', 'application/x-www-form-urlencoded'];
const HTML = 'text/html; charset=utf-8';

interface FormRoute {
  Params: { key: string };
  Querystring: Record<string, unknown>;
}
type FormRequest = FastifyRequest<FormRoute>;

/** Adds `/public/forms/<key>`, `/public/forms/<key>.js`; `secret` signs the tokens of pages. */
export function addFormRoutes(server: FastifyInstance, platform: Platform, secret: string): void {
  const tokens = new FormTokens(secret);
  server.register(async (scope) => {
    acceptTextBodies(scope, MEDIA_TYPES, BODY_LIMIT);
    scope.get<FormRoute>('/public/forms/:key', (request, reply) => sendForm(request, reply, platform, tokens));
    scope.options<FormRoute>('/public/forms/:key', (request, reply) => answerPreflight(request, reply, platform));
    scope.post<FormRoute>('/public/forms/:key', { bodyLimit: BODY_LIMIT }, (request, reply) =>
      receive(request, reply, platform, tokens),
    );
  });
}

/** The form of the address, and the address without what follows the key. @throws PlatformError unknown_resource */
async function formOf(request: FormRequest, platform: Platform, key = request.params.key): Promise<WebForm> {
  const form = await webForm(platform, key);
  if (form === null) throw new PlatformError('unknown_resource', { name: loggedPath(request.url) });
  return form;
}

async function sendForm(request: FormRequest, reply: FastifyReply, platform: Platform, tokens: FormTokens) {
  const { key } = request.params;
  if (key.endsWith('.js')) return sendScript(request, reply, platform, key.slice(0, -3));
  const form = await formOf(request, platform);
  const nonce = givePolicy(reply, form);
  const language = languageOf(request);
  const context = { model: platform.model(), form, token: tokens.issue(key), nonce, language, query: request.query };
  return reply.header('content-type', HTML).send(formPage(context));
}

async function sendScript(request: FormRequest, reply: FastifyReply, platform: Platform, key: string) {
  await formOf(request, platform, key);
  return reply
    .headers({ 'content-type': 'text/javascript; charset=utf-8', 'cross-origin-resource-policy': 'cross-origin' })
    .header('cache-control', 'public, max-age=300')
    .send(embedScript(`${request.protocol}://${request.host}/public/forms/${key}`));
}

/** No script, styles of this answer alone, posts to this service (and on to where the form leads), frames on allowed sites. */
function givePolicy(reply: FastifyReply, form: WebForm): string {
  const nonce = randomBytes(16).toString('base64');
  const leadsTo = form.redirect_url === null ? '' : ` ${new URL(form.redirect_url).origin}`;
  const sites = form.allowed_origins?.length ? form.allowed_origins.filter(isOrigin).join(' ') : '*';
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    `form-action 'self'${leadsTo}`,
    `frame-ancestors ${sites === '' ? "'none'" : sites}`,
  ];
  reply.header('content-security-policy', policy.join('; ')).header('cross-origin-resource-policy', 'cross-origin');
  // Without a referrer a browser would not say of the post that it comes from this page.
  reply.header('referrer-policy', 'same-origin');
  return nonce;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function languageOf({ headers }: FastifyRequest): string {
  return /^\s*ru\b/i.test(headers['accept-language'] ?? '') ? 'ru' : 'en';
}

/** Allows the page that asks to read the answer. @throws PlatformError foreign_origin */
function judgeOrigin(request: FastifyRequest, reply: FastifyReply, form: WebForm): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const isOwn = origin === `${request.protocol}://${request.host}`;
  const allowed = form.allowed_origins ?? [];
  if (!isOwn && allowed.length > 0 && !allowed.includes(origin)) throw new PlatformError('foreign_origin');
  reply.headers({
    'access-control-allow-origin': origin,
    vary: 'origin',
    'cross-origin-resource-policy': 'cross-origin',
  });
}

async function answerPreflight(request: FormRequest, reply: FastifyReply, platform: Platform) {
  judgeOrigin(request, reply, await formOf(request, platform));
  return reply
    .headers({
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, idempotency-key',
      'access-control-max-age': '600',
    })
    .code(204)
    .send();
}

async function receive(request: FormRequest, reply: FastifyReply, platform: Platform, tokens: FormTokens) {
  const { key } = request.params;
  const form = await formOf(request, platform);
  judgeOrigin(request, reply, form);
  const isJson = request.headers['content-type']?.toLowerCase().startsWith('application/json') === true;
  const members = bodyMembers(typeof request.body === 'string' ? request.body : '', isJson);
  const origin = {
    key,
    query: request.query,
    idempotencyKey: oneOf(request.headers['idempotency-key']),
    referrer: request.headers.referer,
    network: networkOf(request.ip),
  };
  await takePost(platform, form, postOf(members, form, origin, tokens));
  return isJson ? acknowledge(reply) : sendThanks(request, reply, form);
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

function acknowledge(reply: FastifyReply) {
  return reply.code(202).header('content-type', 'application/json; charset=utf-8').send('{"status":"received"}');
}

function sendThanks(request: FormRequest, reply: FastifyReply, form: WebForm) {
  if (form.redirect_url !== null) return reply.redirect(form.redirect_url, 303);
  const nonce = givePolicy(reply, form);
  return reply.header('content-type', HTML).send(thanksPage({ form, nonce, language: languageOf(request) }));
}
