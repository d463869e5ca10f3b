import { isIPv4, isIPv6 } from 'node:net'
import * as z from 'zod'
import { INVISIBLE, listOf, matching } from './text.ts'

const LABEL = /^[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?$/
const LONGEST_NAME = 253

/** A host name, IPv4 or IPv6 address to connect to. */
export function hostAddress() {
  const expected = 'a host name or an IP address, without scheme, user@, port or brackets'
  return z.string({ error: expected }).refine(isHostAddress, { error: expected })
}

/** The account to log in as over SSH. */
export function loginName() {
  return matching(
    'an account name, without @host and without spaces',
    new RegExp(`^(?!-)[^\\s@:${INVISIBLE}]{1,256}$`, 'u'),
  )
}

/** The account of a registry; robots and sub-accounts have `$` and `@` in their names. */
export function registryAccount() {
  return matching('an account name without spaces', new RegExp(`^(?!-)[^\\s:${INVISIBLE}]{1,256}$`, 'u'))
}

/** SHA-256 fingerprints of host keys as OpenSSH prints them, padding removed: `SHA256:…`. */
export function hostFingerprints() {
  return listOf(
    matching(
      'fingerprints like SHA256:<43 characters>, as `ssh-keygen -lf` prints them in its second column',
      /^SHA256:[A-Za-z0-9+/]{43}=?$/,
    ).transform((fingerprint) => fingerprint.replace(/=$/, '')),
  )
}

function isHostAddress(text: string): boolean {
  if (isIPv4(text) || isIPv6(text)) return true
  const labels = text.split('.')
  // A last label of digits only is an IPv4 address gone wrong, never a name (URL standard, "ends in a number").
  const endsInNumber = /(?:^|\.)\d+$/.test(text)
  return text.length <= LONGEST_NAME && labels.every((label) => LABEL.test(label)) && !endsInNumber
}
