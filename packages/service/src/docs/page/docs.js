// The documentation page: sign in, load the OpenAPI document for these rights, show it, and send requests with the token. Tokens stay in
// memory: they are gone with the page.
(() => {
  const $ = (id) => document.getElementById(id);
  let session = null;
  let timer;

  const show = (text) => {
    $('message').textContent = text;
    $('message').hidden = text === '';
  };

  async function tokensFor(fields) {
    const response = await fetch('/auth/token', { method: 'POST', body: new URLSearchParams(fields) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error_description);
    return answer;
  }

  /** Keeps the session alive: access tokens last ten minutes. */
  function keepFresh(tokens) {
    session = { token: tokens.access_token, refresh: tokens.refresh_token };
    clearTimeout(timer);
    timer = setTimeout(
      async () => {
        try {
          keepFresh(await tokensFor({ grant_type: 'refresh_token', refresh_token: session.refresh }));
        } catch {
          leave('Your session has ended: sign in again.');
        }
      },
      Math.max(tokens.expires_in - 60, 10) * 1000,
    );
  }

  async function open(name) {
    const response = await fetch('/api/v1/openapi.json', { headers: { authorization: `Bearer ${session.token}` } });
    const spec = await response.json();
    if (!response.ok) throw new Error(spec.error.message);
    $('door').hidden = true;
    $('who').textContent = name;
    for (const id of ['who', 'leave']) $(id).hidden = false;
    // The page signs in itself, and the token goes along with each request.
    const {
      security: _security,
      components: { securitySchemes: _schemes, ...components },
      ...rest
    } = spec;
    const shown = { ...rest, components };
    window.SwaggerUIBundle({
      spec: shown,
      domNode: $('document'),
      deepLinking: true,
      docExpansion: 'none',
      defaultModelsExpandDepth: -1,
      filter: true,
      displayOperationId: false,
      tryItOutEnabled: true,
      syntaxHighlight: { activated: false },
      validatorUrl: null,
      requestInterceptor: (request) => {
        if (session !== null) request.headers.authorization = `Bearer ${session.token}`;
        return request;
      },
    });
  }

  function leave(text = '') {
    clearTimeout(timer);
    session = null;
    $('document').replaceChildren();
    $('door').hidden = false;
    for (const id of ['who', 'leave']) $(id).hidden = true;
    show(text);
  }

  function onSubmit(id, enter) {
    $(id).addEventListener('submit', async (event) => {
      event.preventDefault();
      const button = event.target.querySelector('button');
      button.disabled = true;
      show('');
      try {
        await open(await enter(new FormData(event.target)));
        event.target.reset();
      } catch (error) {
        leave(error.message);
      } finally {
        button.disabled = false;
      }
    });
  }

  onSubmit('password', async (form) => {
    const fields = { grant_type: 'password', username: form.get('username'), password: form.get('password') };
    keepFresh(await tokensFor(fields));
    return fields.username;
  });

  onSubmit('token', async (form) => {
    session = { token: form.get('token').trim() };
    return 'with a token';
  });

  $('leave').addEventListener('click', async () => {
    const ended = session?.refresh;
    leave();
    if (ended !== undefined)
      await fetch('/auth/revoke', { method: 'POST', body: new URLSearchParams({ token: ended }) });
  });
})();
