/** What a file makes use of, each name once; or why that cannot be told. */
export type NamesFound =
  | { readonly kind: 'found'; readonly names: readonly string[] }
  | { readonly kind: 'unreadable'; readonly why: string }
