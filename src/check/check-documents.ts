import { basename } from 'node:path/posix'
import type {
  DocumentsCheck,
  DocumentsFinding,
  DocumentsPair,
  PathContent,
  Subject,
} from '../model/documents-check.ts'
import { composeVariables, type NamesFound } from './compose-variables.ts'
import { optionsOf, scriptOptions } from './script-options.ts'

/** Compares every source with its documents. `contentOf` is asked for the paths of the pairs only. */
export function checkDocuments(
  pairs: readonly DocumentsPair[],
  contentOf: (path: string) => PathContent,
): DocumentsCheck {
  const checks = pairs.map((pair) => checkPair(pair, contentOf))
  const findings = new Map(
    checks.flatMap((check) => check.findings).map((finding) => [JSON.stringify(finding), finding]),
  )
  return { compared: checks.flatMap(({ compared }) => compared), findings: [...findings.values()] }
}

function checkPair(pair: DocumentsPair, contentOf: (path: string) => PathContent): DocumentsCheck {
  const source = contentOf(pair.source)
  const used = source.kind === 'text' ? usedBy(pair.source, source.text) : undefined
  const checks = pair.documents.map((path): DocumentsCheck => {
    const document = contentOf(path)
    if (document.kind !== 'text') return { compared: [], findings: [wrongWith(path, document)] }
    return used?.kind === 'used'
      ? compare(pair.source, used, { path, text: document.text })
      : { compared: [], findings: [] }
  })
  return {
    compared: checks.flatMap(({ compared }) => compared),
    findings: [
      ...(source.kind === 'text' ? [] : [wrongWith(pair.source, source)]),
      ...(used?.kind === 'unusable' ? [used.finding] : []),
      ...checks.flatMap(({ findings }) => findings),
    ],
  }
}

function wrongWith(path: string, content: Exclude<PathContent, { kind: 'text' }>): DocumentsFinding {
  return { path, ...content }
}

type Used =
  | { readonly kind: 'used'; readonly subject: Subject; readonly names: readonly string[] }
  | { readonly kind: 'unusable'; readonly finding: DocumentsFinding }

/** A file is what its name says, or its first line. */
function usedBy(path: string, text: string): Used {
  if (/\.ya?ml$/i.test(path)) return variablesUsed(path, composeVariables(text))
  if (!/\.(?:ba|da|k)?sh$/.test(path) && !/^#!.*\b(?:ba|da|k)?sh\b/.test(text))
    return { kind: 'unusable', finding: { kind: 'unknown-kind', path } }
  const names = optionsOf(scriptOptions(text))
  return names.length === 0
    ? { kind: 'unusable', finding: { kind: 'no-options', path } }
    : { kind: 'used', subject: 'option', names }
}

function variablesUsed(path: string, found: NamesFound): Used {
  return found.kind === 'found'
    ? { kind: 'used', subject: 'variable', names: found.names }
    : { kind: 'unusable', finding: { path, ...found } }
}

function compare(
  source: string,
  { subject, names }: Extract<Used, { kind: 'used' }>,
  document: { readonly path: string; readonly text: string },
): DocumentsCheck {
  const named = namedIn(document)
  const missing = names.filter((name) => !named.has(name))
  const pair = { source, document: document.path, subject }
  return {
    compared: [{ ...pair, named: names.length - missing.length, names: names.length }],
    findings: missing.length === 0 ? [] : [{ kind: 'not-named', ...pair, names: missing }],
  }
}

/** A text that people read, by its path. */
interface Document {
  readonly path: string
  readonly text: string
}

/**
 * The variables and options that a document names: as words of their own. In an env file (`.env…`) a variable is
 * named by a line that sets it; such a line may be commented out, to show a default. In one pass, since both the
 * names and the document may be many.
 */
export function namedIn({ path, text }: Document): ReadonlySet<string> {
  const variables = basename(path).startsWith('.env')
    ? [...text.matchAll(/^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?(\w+)[ \t]*=/gm)].map(([, name = '']) => name)
    : (text.match(/\w+/g) ?? [])
  const options = (text.match(/[\w-]+/g) ?? []).filter((word) => word.startsWith('-'))
  return new Set([...variables, ...options])
}
