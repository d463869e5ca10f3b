import type { PrivateHost } from './private-host.ts'

export interface FurtherSshdOptions {
  /** Of its files and its log inside the host. */
  readonly name: string
  /** Where it listens, as it is seen inside the host. */
  readonly address: string
  readonly port: number
  /** Lines of sshd_config that win over the usual ones. */
  readonly config?: readonly string[]
  /** Shell text that runs first, in a mount namespace of its own that the server then lives in. */
  readonly mounts?: string
}

/** One more sshd inside a private host, with host key and client key of its own. */
export interface FurtherSshd {
  /** Its known_hosts line. */
  readonly knownHosts: string
  /** The private key that it accepts for every account. */
  readonly clientKey: string
  readonly log: () => Promise<string>
  /** Ends it, and every connection to it. */
  readonly stop: () => Promise<void>
}

/** Starts it beside the host's own, which stays as it is. */
export async function startFurtherSshd(host: PrivateHost, options: FurtherSshdOptions): Promise<FurtherSshd> {
  const { name, address, port, config = [], mounts = ':' } = options
  const directory = `/run/sshd-${name}`
  const lines = [
    ...config,
    `ListenAddress ${address}:${port}`,
    `HostKey ${directory}/host_key`,
    // Neither the account's own file nor its home is needed, and StrictModes is content with the path.
    `AuthorizedKeysFile ${directory}/client_key.pub`,
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'LogLevel VERBOSE',
  ]
  const keys = await host.sh(
    `
set -e
mkdir -m 755 '${directory}'
cd '${directory}'
for key in host_key client_key; do ssh-keygen -q -t ed25519 -N '' -C '' -f "$key"; done
cat >config
cat >mounts <<'MOUNTS'
set -e
${mounts}
MOUNTS
setsid unshare --mount --propagation private sh -c '. ./mounts; exec /usr/sbin/sshd -D -e -f ${directory}/config' </dev/null >log 2>&1 &
echo $! >pid
until grep -q 'Server listening' log; do
  kill -0 "$(cat pid)" || { cat log >&2; exit 1; }
  sleep 0.05
done
cat host_key.pub client_key`,
    { stdin: `${lines.join('\n')}\n` },
  )
  const [hostKey = '', ...clientKey] = keys.split('\n')
  const place = port === 22 ? address : `[${address}]:${port}`
  return {
    knownHosts: `${place} ${hostKey.trim()}\n`,
    clientKey: clientKey.join('\n'),
    log: () => host.sh(`cat '${directory}/log'`),
    stop: async () => {
      await host.sh(`
pid=$(cat '${directory}/pid')
pkill -KILL --parent "$pid" || :
kill "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
rm -rf '${directory}'`)
    },
  }
}
