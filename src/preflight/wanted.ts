/** What a deployment asks of a host: a part of its configuration. */
export interface Wanted {
  readonly deploy: readonly string[]
  readonly defer: readonly string[]
  readonly gate: string
  readonly images: readonly { readonly key: string; readonly reference: string }[]
  readonly requiredEnv: readonly string[]
}
