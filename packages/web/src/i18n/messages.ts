// The shape of translations: Russian has every key of English, and no other.
export type SameKeys<T> = { readonly [K in keyof T]: T[K] extends string ? string : SameKeys<T[K]> };
