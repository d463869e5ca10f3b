import type { PrivateHost } from '../support/private-host/private-host.ts'

/**
 * What goes wrong at a boundary. `client`: the step's process dies; `post: 'never'` is a runner that is lost
 * altogether. `link`: contact is lost, for less than the lease or for more. `docker`: what runs dies with dockerd.
 * After all but a lost runner the job's post step runs.
 */
export type Fault =
  | {
      readonly kind: 'client'
      readonly name: string
      readonly how: 'kill' | 'cancel'
      readonly post: 'runs' | 'never'
    }
  | {
      readonly kind: 'link'
      readonly name: string
      readonly lasts: 'within-lease' | 'beyond-lease'
      readonly inject: (host: PrivateHost) => Promise<void>
    }
  | { readonly kind: 'docker'; readonly name: string; readonly inject: (host: PrivateHost) => Promise<void> }

/** Of a lease of 15 s: so long nothing gets through, either way. */
const SHORT_SILENCE_SECONDS = 6
const LONG_SILENCE_SECONDS = 24

export const FAULTS: readonly Fault[] = [
  { kind: 'client', name: 'kill, no post', how: 'kill', post: 'never' },
  { kind: 'client', name: 'kill', how: 'kill', post: 'runs' },
  { kind: 'client', name: 'cancel', how: 'cancel', post: 'runs' },
  { kind: 'link', name: 'reset', lasts: 'within-lease', inject: resetConnections },
  {
    kind: 'link',
    name: 'silence, short',
    lasts: 'within-lease',
    inject: (host) => silence(host, SHORT_SILENCE_SECONDS),
  },
  {
    kind: 'link',
    name: 'silence, long',
    lasts: 'beyond-lease',
    inject: (host) => silence(host, LONG_SILENCE_SECONDS),
  },
  { kind: 'link', name: 'sshd restart', lasts: 'within-lease', inject: restartSshd },
  { kind: 'docker', name: 'dockerd restart', inject: restartDockerd },
]

/** Both ends of every SSH connection are told that it is gone. A new one can be made at once. */
export async function resetConnections(host: PrivateHost): Promise<void> {
  await host.sh(`
for rule in 'INPUT -p tcp --dport 22' 'OUTPUT -p tcp --sport 22'; do
  iptables -w -I $rule -m conntrack ! --ctstate NEW -j REJECT --reject-with tcp-reset || exit 1
done
sleep 1.2
for rule in 'INPUT -p tcp --dport 22' 'OUTPUT -p tcp --sport 22'; do
  iptables -w -D $rule -m conntrack ! --ctstate NEW -j REJECT --reject-with tcp-reset
done`)
}

/** Nothing of SSH gets through, either way, and nobody is told; then everything again. */
export async function silence(host: PrivateHost, seconds: number): Promise<void> {
  await host.sh(`
iptables -w -I INPUT -p tcp --dport 22 -j DROP && iptables -w -I OUTPUT -p tcp --sport 22 -j DROP || exit 1
sleep ${seconds}
iptables -w -D INPUT -p tcp --dport 22 -j DROP
iptables -w -D OUTPUT -p tcp --sport 22 -j DROP`)
}

/** The listener and every session are killed; a new listener follows. */
export async function restartSshd(host: PrivateHost): Promise<void> {
  await host.sh(`
mine=$(readlink /proc/self/ns/pid)
for process in /proc/[0-9]*; do
  case $(cat "$process/comm" 2>/dev/null) in sshd*) ;; *) continue ;; esac
  [ "$(readlink "$process/ns/pid")" != "$mine" ] || kill -KILL "\${process#/proc/}"
done
# A listener that has not died yet would keep the port from the new one.
while [ -n "$(ss -Hltn 'sport = :22')" ]; do sleep 0.02; done
sh /etc/private-host/host.sh start sshd`)
}

/** Every container dies with it, as there is no live-restore; those whose policy says so are started again. */
export async function restartDockerd(host: PrivateHost): Promise<void> {
  await host.sh('sh /etc/private-host/host.sh stop dockerd && sh /etc/private-host/host.sh start dockerd')
}
