import type { FilesComparison, ReleaseEffects, StateSize } from '../../model/release-files.ts'
import { type Fact, fieldsOf } from './facts.ts'

/** Of an entry of `files`, as the project holds it now. */
const ENTRY_STATES = ['same', 'changed', 'new'] as const

/** What `compare_files`, and `preflight` for a plan with `incoming`, say of the release's files (compose/release-files.sh). */
export function filesComparison(facts: readonly Fact[]): FilesComparison {
  return {
    lacks: fieldsOf(facts, 'lacks').map(([line]) => Number(line)),
    changed: fieldsOf(facts, 'changed').map(([path = '']) => path),
    entries: fieldsOf(facts, 'entry').map(([target = '', word, kibibytes]) => ({
      ...{ target, state: oneOf(ENTRY_STATES, word), replacedKibibytes: Number(kibibytes) },
    })),
  }
}

const OLD_CONFIGS = ['read', 'absent', 'invalid'] as const
const DEFINITIONS = ['network', 'volume', 'config', 'secret'] as const
const CHANGES = ['added', 'removed', 'changed'] as const

/** Of the facts `old_config`, `redefined`, `reconfigured` and `mount` of `preflight`. */
export function releaseEffects(facts: readonly Fact[]): ReleaseEffects | undefined {
  const [old] = fieldsOf(facts, 'old_config')
  if (old === undefined) return undefined
  return {
    oldConfig: oneOf(OLD_CONFIGS, old[0]),
    definitions: fieldsOf(facts, 'redefined').map(([kind, name = '', change]) => ({
      kind: oneOf(DEFINITIONS, kind),
      name,
      change: oneOf(CHANGES, change),
    })),
    services: fieldsOf(facts, 'reconfigured').map(([service = '', change]) => ({
      service,
      change: oneOf(CHANGES, change),
    })),
    mounts: fieldsOf(facts, 'mount').map(([service = '', container = '', source = '']) => ({
      ...{ service, container, source },
    })),
  }
}

/** The fact `state_size`. */
export function stateSize(facts: readonly Fact[]): StateSize | undefined {
  const [size] = fieldsOf(facts, 'state_size')
  return size && { kibibytes: Number(size[0]), freeKibibytes: Number(size[1]) }
}

function oneOf<Word extends string>(words: readonly Word[], text: string | undefined): Word {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new Error(`the host program and this client disagree: ${text}`)
  return word
}
