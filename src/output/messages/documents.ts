import type { DocumentsCheck, DocumentsFinding } from '../../model/documents-check.ts'
import { counted } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'

/** What came of the check, in a few words. */
export function titleOfCheck({ findings }: DocumentsCheck): string {
  return findings.length === 0
    ? 'The documents name everything'
    : `The documents are not up to date: ${counted(findings.length, 'finding')}`
}

/** What was done and what was not, whatever was found. */
export const WHAT_A_CHECK_IS =
  'The action compared files of this repository. It made no connection and changed nothing on a host.'

/** What came of a check whose own configuration was mistaken. */
export const NOT_CHECKED = {
  title: 'The documents were not checked',
  runsNow:
    'The action compared no file of this repository. It made no connection and changed nothing on a host.',
} as const

/** What is likely where nothing at all was found; empty otherwise. */
export function hintOfCheck({ compared, findings }: DocumentsCheck): string {
  return compared.length === 0 && findings.every(({ kind }) => kind === 'absent')
    ? 'None of these files exists: has an earlier step of this job checked the repository out (actions/checkout)?'
    : ''
}

/** What is wrong, and what to do about it. */
export function describeFinding(finding: DocumentsFinding): string {
  switch (finding.kind) {
    case 'absent':
      return `${quotedName(finding.path)} does not exist. Add it, or correct the input "docs-map".`
    case 'unreadable':
      return `${quotedName(finding.path)} cannot be read: ${quotedOutput(finding.why)}. Correct it, or remove it from the input "docs-map".`
    case 'unknown-kind':
      return `${quotedName(finding.path)} is neither a compose file (.yml, .yaml) nor a shell script. Remove it from the input "docs-map".`
    case 'no-options':
      return `${quotedName(finding.path)} has no option that could be recognized, neither in a "case" nor in a help text (here-document). Remove it from the input "docs-map".`
    case 'not-named':
      return describeMissing(finding)
  }
}

function describeMissing(finding: Extract<DocumentsFinding, { kind: 'not-named' }>): string {
  const { source, document, subject, names } = finding
  const them = names.length === 1 ? 'it' : 'them'
  const what =
    subject === 'variable'
      ? `the ${names.length === 1 ? 'variable' : 'variables'} ${names.join(', ')}, which ${quotedName(source)} uses`
      : `the ${names.length === 1 ? 'option' : 'options'} ${names.join(', ')} of ${quotedName(source)}`
  return `${quotedName(document)} does not name ${what}. Describe ${them} there, or remove ${them} from ${quotedName(source)}.`
}
