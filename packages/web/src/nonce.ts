// The nonce of the service's Content-Security-Policy, for libraries that put style elements into the page. Imported before all of them.
const META = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');

/** Empty where the page was not served by the service. */
export const nonce = META?.content ?? '';

// Where react-remove-scroll (of Mantine's dialogs) looks for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });
