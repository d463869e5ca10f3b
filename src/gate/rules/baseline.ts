import type { RuledReports } from './reading.ts'

/** The reports of the last confirmed deployment of the project directory, as far as the host kept them. */
export type Baseline =
  /** No rule compares with it. */
  | { readonly kind: 'not-asked' }
  /** No deployment was confirmed yet, or none that left reports. */
  | { readonly kind: 'none' }
  /** The host could not give it. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  | {
      readonly kind: 'kept'
      readonly transaction: string
      readonly runId: string
      readonly reports: RuledReports
    }
