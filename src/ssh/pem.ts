/** A block between `-----BEGIN <label>-----` and `-----END <label>-----`. */
export interface PemBlock {
  readonly label: string
  /** `Proc-Type` and `DEK-Info` of a traditionally encrypted key; else empty. */
  readonly headers: readonly string[]
  readonly base64: string
}

export type PemReading =
  | { readonly kind: 'found'; readonly block: PemBlock }
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly detail: string }

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/gs
const ENCRYPTION_HEADERS = /^\s*(Proc-Type:\s*4,ENCRYPTED)\s+(DEK-Info:\s*[A-Za-z0-9-]+,[0-9A-Fa-f]+)\s/
const WHOLE_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * Finds the private key in a text that a web form or a secret store may have changed: CRLF, no final newline,
 * white space around it, and newlines that became spaces, a literal `\n` or nothing. None of these is
 * ambiguous, because base64 has neither white space nor backslashes.
 */
export function readPrivateKeyPem(text: string): PemReading {
  const unescaped = text.replace(/\\r\\n|\\n|\\r/g, '\n')
  const block = [...unescaped.matchAll(BLOCK)].find(([, label = '']) => label.endsWith('PRIVATE KEY'))
  if (block === undefined) {
    return unescaped.includes('PRIVATE KEY-----')
      ? { kind: 'damaged', detail: 'its BEGIN line and its END line do not match, or one is missing' }
      : { kind: 'none' }
  }
  const [, label = '', content = ''] = block
  const [headerText = '', ...headers] = ENCRYPTION_HEADERS.exec(content) ?? []
  const base64 = content.slice(headerText.length).replace(/\s+/g, '')
  if (base64 === '' || !WHOLE_BASE64.test(base64)) {
    return { kind: 'damaged', detail: 'the text between its BEGIN and END lines is not whole base64' }
  }
  return { kind: 'found', block: { label, headers, base64 } }
}

/** The block as every PEM reader accepts it: lines of 64 characters, LF, final newline. */
export function pemText({ label, headers, base64 }: PemBlock): string {
  const head = headers.length === 0 ? [] : [...headers, '']
  const body = base64.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...head, ...body, `-----END ${label}-----`, ''].join('\n')
}
