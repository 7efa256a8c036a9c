/** Where an engine keeps its log: what `FORGERUN_EVENT_STORE` and `FORGERUN_EVENT_STORE_NAMESPACE` say to it. */
export type LogAddress =
  | { readonly kind: 'postgres'; readonly url: string; readonly namespace?: string | null }
  | { readonly kind: 'eventstoredb'; readonly url: string; readonly namespace: string | null };
