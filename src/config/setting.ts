import type * as z from 'zod'
import type { Action } from './action.ts'
import type { Privacy } from './shape.ts'

/** A setting: everything that is known of an input, a variable, or a fact of the run stands in its entry of a table. */
export interface Setting {
  /** Those that read it; no other action has it. */
  readonly actions: readonly Action[]
  /**
   * Where its value stands in the configuration, as a path: `deadlines.leaseSeconds`. Absent where config.ts makes
   * something of it and of other settings.
   */
  readonly at?: string
  /** From text to a typed value. Its default is its prefault: the text that is read where none was given. */
  readonly reads: z.ZodType<unknown, string | undefined>
  /** What it means, for the action files and the documentation; absent where no person sets it. */
  readonly says?: string
  /** How much of its value a message may show; `public` unless said. */
  readonly privacy?: Privacy
}

export type SettingTable = Readonly<Record<string, Setting>>

/** The names of a table that this action reads. */
export type NamesOf<Table extends SettingTable, A extends Action> = {
  [Name in keyof Table]: A extends Table[Name]['actions'][number] ? Name : never
}[keyof Table]

/** The values by the names of their settings. */
export type ValuesOf<Table extends SettingTable, A extends Action> = {
  readonly [Name in NamesOf<Table, A>]: z.output<Table[Name]['reads']>
}

/** The values at their places in the configuration; an optional one is absent where nothing was given. */
export type PlacedOf<Table extends SettingTable, A extends Action> = Together<
  {
    [Name in NamesOf<Table, A>]: Table[Name] extends { readonly at: infer Path extends string }
      ? At<Path, z.output<Table[Name]['reads']>>
      : never
  }[NamesOf<Table, A>]
>

type At<Path extends string, Value> = Path extends `${infer Head}.${infer Rest}`
  ? { readonly [Key in Head]: At<Rest, Value> }
  : undefined extends Value
    ? { readonly [Key in Path]?: Exclude<Value, undefined> }
    : { readonly [Key in Path]: Value }

/** All members of a union at once. */
type Together<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never

/** Puts the values of an action at their places. */
export function placed<Table extends SettingTable, A extends Action>(
  table: Table,
  action: A,
  values: ValuesOf<Table, A>,
): PlacedOf<Table, A> {
  const root: Tree = {}
  for (const [name, value] of Object.entries(values)) {
    const { actions = [], at } = table[name] ?? {}
    if (actions.includes(action) && at !== undefined) place(root, at.split('.'), value)
  }
  return root as PlacedOf<Table, A>
}

interface Tree {
  [key: string]: unknown
}

function place(tree: Tree, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    if (value !== undefined) tree[key] = value
    return
  }
  const below = (tree[key] ?? {}) as Tree
  tree[key] = below
  place(below, rest, value)
}
